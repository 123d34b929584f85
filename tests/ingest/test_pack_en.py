"""The English pack on sentences written for this test: what must go, and real text that looks like it."""

from __future__ import annotations

import pyarrow as pa
import pytest

from ingest import packs, rules
from ingest.paragraphs import split

BUNDLED = packs.load(packs.bundled())
PROSE = "The council of the harbour town met on Tuesday and talked for hours about the price of the ferry."
BODY = "\n".join([PROSE] * 8)


def _gone(article: str) -> list[str]:
    removals, _ = rules.propose(split(pa.array([article])), pa.array(["en"]), BUNDLED)
    return [article[row["start"] : row["end"]] for row in removals.to_pylist()]


@pytest.mark.parametrize(
    "line",
    [
        "The mayor did not respond to a request for comment.",
        "Councillors did not immediately respond to requests for comment on Monday.",
        "“Subscribe to our newsletter,” the sign on the pier said.",
        "“We use cookies,” she told the court, “and we always will.”",
        "He asked readers to “sign up for our newsletter” in a leaflet, police said.",
        "Correction: An earlier version of this article misstated the age of the captain.",
        "Clarification: This story has been updated to say that the ferry sank in 1999.",
        "LONDON (AP) — The ferry left the harbour on Monday with nobody aboard but the captain.",
        "WASHINGTON – Lawmakers want to share the cost of the ferry with the towns on the coast.",
        "The company said its cookies are baked in the harbour and sold on the ferry.",
        "Shares of the ferry company fell 3 percent on Monday after the strike began.",
        "Comments by the mayor drew laughter from the captains in the hall.",
        "More than 300 people waited on the quay for the last ferry of the year.",
        "Related costs rose by a third, according to the report of the council.",
        "By Monday the ferry was back, and so were the tourists.",
        "Read more books, the teacher said, and the children laughed.",
        "Follow the river to the sea and there is the harbour, quiet and grey.",
        "Advertisement revenue at the newspaper fell for the ninth year in a row.",
        "The newspaper has 300 subscribers and a newsletter that goes out at noon.",
        "Officials published the report on December 22, 2023, after months of delay.",
        "She writes about the sea and is the author of three novels.",
        "Copyright law is older than the ferry, the judge wrote in his ruling.",
        "Photo finishes are rare in ferry races.",
        "• Share",
        "• Sports",
    ],
)
def test_real_text_stays(line: str) -> None:
    assert _gone(f"{BODY}\n{line}\n{BODY}") == []


@pytest.mark.parametrize(
    "line", ["The mayor did not respond to a request for comment.", "Doe said she would appeal."]
)
def test_real_text_stays_at_the_end_as_well(line: str) -> None:
    assert _gone(f"{BODY}\n{line}") == []


@pytest.mark.parametrize(
    "line",
    [
        "Read more: The long goodbye of the harbour",
        "READ ALSO  Captains call off the strike",
        "RELATED: Who pays for the ferry?",
        "Advertisement",
        "Story continues below advertisement",
        "Sign up for our free weekly newsletter with the best of the coast",
        "Follow us on Facebook, Instagram and X.",
        "Click here to read our ferry special",
        "4 Comments",
        "This website uses cookies to give you a better experience.",
        "© 2024 Harbour Courier. All rights reserved.",
        "Photo: Jane Doe/Harbour Courier",
        "Jane Doe/Getty Images",
        "2 hours ago",
        "7 min read",
    ],
)
def test_boilerplate_goes_wherever_it_stands(line: str) -> None:
    for article in (f"{line}\n{BODY}", f"{BODY}\n{line}\n{BODY}", f"{BODY}\n{line}"):
        assert _gone(article) == [line]


@pytest.mark.parametrize(
    "line",
    [
        "Trusted journalism is needed now more than ever, and it is as important as the ferry.",
        "By donating, you can help us report from the harbour.",
        "Jane Doe is a staff reporter for the Harbour Courier.",
        "John Roe contributed to this report.",
        "Reach her at jane@example.org or follow her on Twitter.",
        "Tags: ferry, harbour",
        "Privacy Policy",
        "See our privacy policy for details.",
    ],
)
def test_boilerplate_of_the_tail_goes_only_there(line: str) -> None:
    assert _gone(f"{BODY}\n{line}") == [line]
    assert _gone(f"{BODY}\n{line}\n{BODY}") == []


@pytest.mark.parametrize(
    "line", ["By Jane Doe", "By JANE DOE and John van der Roe, Staff Writers", "December 22, 2023 10:39 AM"]
)
def test_bylines_and_dates_go_at_the_head(line: str) -> None:
    assert _gone(f"{line}\n{BODY}") == [line]
    assert _gone(f"{BODY}\n{line}\n{BODY}") == []


# Newspapers report about newsletters, cookies, comments and copyright. A sentence in the third person is
# news, whatever words it uses; each stands in a short article, where head and tail are everywhere.
ORDINARY = [
    "A spokeswoman for the mayor declined to comment on this story.",
    "The ferry line did not reply to questions and would not comment on this article.",
    "The agency said it was no longer accepting comments on the plan for the harbour.",
    "Lawyers for the captain asked the judge for time to make a comment on the evidence.",
    "The network pays three firms in Poland to moderate comments and delete threats.",
    "Users will be asked to log in to comment, a change that the platform made on Friday.",
    "Comments are subject to review by the harbour board before any vote, the notice says.",
    "The company said the clip had broken the rules of its online community.",
    "Moldova hopes to become a member of the European Union before the decade ends.",
    "She is expected to be a member of the panel that counts the votes in the Senate.",
    "Already a member of the party board, Roe will now lead the campaign in the north.",
    "Customers must be able to cancel at any time, the consumer court ruled on Monday.",
    "The service offers a free trial of two weeks and costs nine euros a month after that.",
    "The paper sells unlimited digital access for a dollar a week to students and nurses.",
    "Premium members of the club get exclusive to members seats, a spokesman said.",
    "Subscribers pay more for the streaming service from May on, the company announced.",
    "The new feature is available to subscribers in Japan and will reach Europe in spring.",
    "Voters who sign up now can cast their ballots by mail, election officials said.",
    "More than 300 people have signed up for the newsletter of the castle museum.",
    "Prosecutors said he sent the threats from an email address registered in another state.",
    "Investigators found the payments after they received an email list from a former clerk.",
    "Shares fell after traders received news alerts on the merger of the two shipyards.",
    "The town will send push notifications when the river rises, and residents get alerts on their phones.",
    "The senator joined a mailing list of climate sceptics in 2019, the emails show.",
    "Readers who subscribe get a daily briefing by a machine, the publisher said.",
    "Hackers sent a false invoice to the inbox of every clerk who had joined the newsletter.",
    "The regulator said that the privacy policy of the app violated European law.",
    "The court held that nobody reads the terms of service before buying a phone.",
    "Patients can opt out at any time, the health service said after the leak.",
    "By clicking on the link the victims agreed to pay for a service they never saw.",
    "By entering a plea of guilty, the former minister agrees to give up his pension.",
    "Drivers who agree to the terms of the settlement will be paid before Christmas.",
    "Recipients could unsubscribe at any time, the lawyers of the shop argued.",
    "The watchdog found that the website uses cookies to follow children across the web.",
    "The fine concerns the use of cookies and other tracking technologies on 40 sites.",
    "Sites must let users reject cookies as easily as they accept all cookies, the court said.",
    "The cookie policy of the bank was written by a trainee, the inquiry heard.",
    "The video platform asks its users to disable their ad blockers or pay for the service.",
    "The flaw works only in browsers that enable JavaScript, the researchers wrote.",
    "The state will receive revenue from sales of recreational cannabis from July on.",
    "Farmers could get compensation for products lost in the flood, the ministry said.",
    "Banks make money from each purchase with a card, and the shops want a share of it.",
    "Shoppers who buy a car before June receive compensation for the higher tax.",
    "Agents may earn a commission of three percent on sales of houses near the sea.",
    "The authority said the singer hid affiliate links in posts to a million followers.",
    "She worked as an Amazon associate in a warehouse outside the town for six years.",
    "The jurors were independently selected by two clerks of the county court.",
    "Protesters marched through the capital without prior permission, police said.",
    "The judge ruled that officers had searched the house without prior consent.",
    "The names of the children may not be published without permission of the court.",
    "The photographs cannot be reproduced until the heirs and the archive agree.",
    "The museum published its maps under a Creative Commons licence last winter.",
    "The novel was reprinted with permission of his heirs and sold out within days.",
    "Copyright Office officials said that songs made by machines belong to nobody.",
    "The tribe kept all rights reserved to it by the treaty of 1855, the court said.",
    "Background: The ferry was built in 1901 and has carried two million people since.",
    "Analysis: The vote leaves the prime minister weaker than she was a week ago.",
    "Opinion: the court held that the statute was void and sent the case back.",
    "Video: The footage shows two men on the pier shortly before the fire began.",
    "Exclusive: The mayor will resign on Friday, two people close to her said.",
    "What to know: the ferry runs every hour, and children travel for nothing.",
    "The latest: The storm has reached the coast and is moving inland.",
    "Next: The bill goes to the Senate, where it needs sixty votes.",
    "Like Twitter before it, Threads wants to be the town square of the world.",
    "Like her mother, the princess does not want to be on social media.",
    "Fans who follow him on Instagram learned of the transfer before the club did.",
    "Relatives can contact them by email or through the website of the airline.",
    "The crisis line can be reached at 800-555-0100 at any hour of the day.",
    "Support for independent candidates has doubled since May, a poll found.",
    "Help from non-profit groups reached the island only on Sunday.",
    "Support among union members fell after the strike, and subscribers left.",
    "Independent journalism matters to every democracy, the president told the congress.",
    "Local news depends on advertising, which has fallen by half in ten years.",
    "Quality journalism is more important than ever, the minister told the publishers.",
    "By joining the alliance we give up nothing, the foreign minister said.",
    "Like news organisations everywhere, the broadcaster is losing its young audience.",
    "Love stories are what readers want in a hard winter, booksellers said.",
    "Published in 1998, the novel won two prizes and was never translated.",
    "Created in 2004, the park covers forty acres on both sides of the river.",
    "Updated in 2019, the code requires two exits on every floor.",
    "First published in London in 1847, the novel is read in every school.",
    "This report was published by the ministry on Friday after months of delay.",
    "This piece was produced in the workshop of the painter around 1640.",
    "Twelve scientists contributed to the report, which runs to 300 pages.",
    "Research by the University of Harbourtown shows that ferries are late more often.",
    "Information from Interpol led the officers to a flat near the station.",
    "Reporting by Reuters showed that the company had known for years.",
    "Jane Doe was a reporter for the Gazette when the harbour burned in 1971.",
    "John Roe, an editor at the paper for 20 years, died on Sunday at home.",
    "Jane Doe is an analyst at the Harbour Institute, which counts the ships.",
    "The song is available on Spotify and reached the charts on Friday.",
    "Two million people listen to the podcast on Spotify each week, the firm said.",
    "The album can be downloaded from Apple Podcasts only by mistake, the singer joked.",
    "Views expressed by voters in the poll ranged from anger to plain relief.",
    "The opinions expressed by the two judges could not have been further apart.",
    "Something went wrong on board shortly after midnight, the coast guard said.",
    "The feature is no longer available in Europe after a ruling of the court.",
    "Click the link in the message and the thieves have the password, police warned.",
    "Send comments to the state board by the end of the month, the notice says.",
    "Open the app and choose the ferry, and the ticket appears on the screen.",
    "Advertisers left the platform after their ads appeared next to insults.",
    "The follow-up newsletter told investors that the fund had lost nothing.",
    "Sharing a login with friends is allowed in Spain but not in France.",
    "Tickets are sold out, but readers of the magazine receive a discount on the daily tour.",
    "The hotel must pay compensation for every purchase made with the stolen cards.",
]


@pytest.mark.parametrize("sentence", ORDINARY)
def test_news_about_the_things_of_boilerplate_stays(sentence: str) -> None:
    others = [
        "The ferry left the harbour at noon on Monday with two hundred people on board, officials said.",
        "Engineers will look at the pier again next month before the council of the town decides.",
        "Shops along the quay stayed shut for hours while crews cleared the road of stones.",
    ]
    for place in range(4):
        assert _gone("\n\n".join([*others[:place], sentence, *others[place:]])) == []
