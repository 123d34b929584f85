from __future__ import annotations

import datetime as dt
import unicodedata
from unittest import mock

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup import series
from dedup.comparison import tokenise
from dedup.series import DAYS, apart, judge
from dedup.shingles import as_sets, compare, shingle
from dedup.tables import MATCHES

NOON = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)
OUTLET = "example.com"

# An article in each language, own words; with a word, a name and a number that an edit may touch, a sentence
# that may be cut, and one that may be added.
ARTICLES = {
    "english": (
        """The council of Harwick voted on Tuesday evening to close the old swimming hall on Mill \
Street, which has stood empty since a burst pipe flooded its cellar two winters ago. Mayor Ellen Brandt \
told the meeting that repairs would cost 4.2 million pounds, twice what the town spends on sport in a \
year.

Residents who had collected 3,100 signatures for the hall left the chamber in protest. "We were \
promised a plan and all we got was a padlock," said Tom Ferris, who taught children to swim there for \
thirty years. The council wants to offer the site to builders in the spring and to put the money into a \
new pool beside the school.

A decision on the new pool is expected in September, once engineers have tested the ground. Until \
then swimmers will have to travel to Oakby, nine miles away, where the pool is open on weekdays from 7 \
until 21.""",
        ("flooded", "floodde"),
        ("Brandt", "Brand"),
        ("3,100", "3,200"),
        "Residents who had collected 3,100 signatures for the hall left the chamber in protest. ",
        " The county of Lindsey said it would look at the figures again before Easter.",
    ),
    "german": (
        """Der Stadtrat von Neuhausen hat am Dienstagabend beschlossen, das alte Hallenbad an der \
Mühlstraße zu schließen, das seit einem Rohrbruch vor zwei Wintern leer steht. Bürgermeisterin Helene \
Brandt sagte in der Sitzung, die Reparatur werde 4,2 Millionen Euro kosten, doppelt so viel, wie die \
Stadt im Jahr für Sport ausgibt.

Anwohner, die 3100 Unterschriften für das Bad gesammelt hatten, verließen aus Protest den Saal. \
„Man hat uns einen Plan versprochen, bekommen haben wir ein Vorhängeschloss“, sagte Thomas Lehner, der \
dort dreißig Jahre lang Kindern das Schwimmen beigebracht hat. Der Rat will das Grundstück im Frühjahr \
verkaufen und das Geld in ein neues Becken neben der Schule stecken.

Über das neue Becken soll im September entschieden werden, sobald der Boden geprüft ist. Bis dahin \
müssen die Schwimmer nach Oberbach fahren, das fünfzehn Kilometer entfernt liegt und werktags von 7 bis \
21 Uhr geöffnet hat.""",
        ("Reparatur", "Sanierung"),
        ("Lehner", "Lehnert"),
        ("3100", "3200"),
        "Anwohner, die 3100 Unterschriften für das Bad gesammelt hatten, verließen aus Protest den Saal. ",
        " Der Landkreis Rosenau will die Zahlen vor Ostern noch einmal prüfen.",
    ),
    "arabic": (
        """قرر مجلس مدينة الناصرية مساء الثلاثاء إغلاق المسبح القديم في شارع الطاحونة الذي ظل \
خاليا منذ أن غمرت المياه قبوه قبل عامين. وقالت رئيسة البلدية هدى سالم خلال الجلسة إن تكلفة الإصلاح \
ستبلغ 4.2 مليون دينار، أي ضعف ما تنفقه المدينة على الرياضة في السنة.

وغادر السكان الذين جمعوا 3100 توقيع من أجل المسبح القاعة احتجاجا على القرار. وقال كريم منصور الذي \
علم الأطفال السباحة هناك ثلاثين عاما إنهم وعدوا بخطة ولم يحصلوا إلا على قفل. ويريد المجلس عرض الموقع \
على شركات البناء في الربيع واستثمار المال في مسبح جديد بجوار المدرسة.

ومن المتوقع أن يصدر القرار بشأن المسبح الجديد في الخريف بعد أن يفحص المهندسون الأرض. وحتى ذلك الحين \
سيضطر السباحون إلى السفر إلى بلدة مجاورة حيث يفتح المسبح أبوابه من الساعة 7 حتى الساعة 21.""",
        ("الإصلاح", "الاصلاح"),
        ("منصور", "منصورا"),
        ("3100", "3200"),
        "وغادر السكان الذين جمعوا 3100 توقيع من أجل المسبح القاعة احتجاجا على القرار. ",
        " وأعلنت المحافظة أنها ستراجع الأرقام مرة أخرى قبل العيد.",
    ),
    "hindi": (
        """रामनगर की नगर परिषद ने मंगलवार शाम को मिल रोड पर बने पुराने तरणताल को बंद करने का फैसला किया, \
जो दो साल पहले पाइप फटने के बाद से खाली पड़ा है। महापौर सुनीता वर्मा ने बैठक में कहा कि मरम्मत पर 4.2 करोड़ रुपये खर्च \
होंगे, जो शहर के सालाना खेल बजट से दोगुना है।

तरणताल के लिए 3100 हस्ताक्षर जुटाने वाले निवासी विरोध में सभा से बाहर चले गए। वहां तीस साल तक बच्चों को तैरना \
सिखाने वाले मोहन जोशी ने कहा कि हमसे योजना का वादा किया गया था और हमें केवल ताला मिला। परिषद वसंत में यह जमीन \
बेचना चाहती है और पैसा स्कूल के पास नए तरणताल में लगाना चाहती है।

नए तरणताल पर निर्णय सितंबर में होने की उम्मीद है, जब इंजीनियर जमीन की जांच कर लेंगे। तब तक तैराकों को पंद्रह \
किलोमीटर दूर पड़ोसी कस्बे में जाना होगा, जहां तरणताल सुबह 7 से रात 21 बजे तक खुला रहता है।""",
        ("मरम्मत", "मरम्म्त"),
        ("जोशी", "जोशि"),
        ("3100", "3200"),
        "तरणताल के लिए 3100 हस्ताक्षर जुटाने वाले निवासी विरोध में सभा से बाहर चले गए। ",
        " जिला प्रशासन ने कहा कि वह होली से पहले आंकड़ों को फिर देखेगा।",
    ),
    "chinese": (
        """新河市议会周二晚间决定关闭磨坊街的旧游泳馆。两年前水管破裂淹没地下室之后，这座游泳馆一直\
空置。市长陈丽华在会上表示，修缮需要花费4200万元，是该市每年体育开支的两倍。

为保留游泳馆征集到3100个签名的居民离场以示抗议。在那里教了三十年儿童游泳的王建国说，当初答应给我们一\
个方案，结果只等来一把锁。议会打算明年春天把这块地卖给开发商，并将所得款项用于在中学旁边修建新的游泳池。

等工程师检测完地基之后，预计九月就新泳池作出决定。在此之前，市民只能前往十五公里以外的邻县游泳，那里\
的泳池工作日从7点开放到21点。""",
        ("修缮", "修膳"),
        ("建国", "建囯"),
        ("3100", "3200"),
        "为保留游泳馆征集到3100个签名的居民离场以示抗议。",
        "县政府表示将在春节之前再次核对有关数字。",
    ),
}

PROSE = {  # what every notice of a series repeats, so that two of them are alike
    "english": """The money comes from a fund that parliament set up three years ago to help small \
brigades buy engines, hoses and protective clothing which they could not pay for out of their own \
budgets. Brigades apply once a year, and a panel of former officers reads every application before the \
ministry decides. More than half of those who asked for help this year were told that they would have \
to wait, because the fund was smaller than the need. A spokesman said the ministry hoped to publish the \
next list before the summer, and that brigades which were turned down this time could apply again \
without filling in all the forms once more.""",
    "german": """Das Geld kommt aus einem Topf, den das Parlament vor drei Jahren eingerichtet hat, um \
kleinen Wehren beim Kauf von Fahrzeugen, Schläuchen und Schutzkleidung zu helfen, die sie aus eigener \
Kasse nicht bezahlen können. Die Wehren bewerben sich einmal im Jahr, und ein Gremium früherer \
Offiziere liest jeden Antrag, ehe das Ministerium entscheidet. Mehr als die Hälfte der Bewerber muss \
diesmal warten, weil der Topf kleiner ist als der Bedarf. Die nächste Liste soll vor dem Sommer \
erscheinen, und wer leer ausging, kann sich ohne neue Formulare wieder bewerben.""",
    "arabic": """ويأتي المال من صندوق أنشأه البرلمان قبل ثلاثة أعوام لمساعدة الفرق الصغيرة على شراء \
العربات والخراطيم والملابس الواقية التي لا تستطيع دفع ثمنها من ميزانياتها. وتتقدم الفرق بطلباتها مرة كل \
عام، وتقرأ لجنة من الضباط السابقين كل طلب قبل أن تقرر الوزارة. وقيل لأكثر من نصف المتقدمين هذا العام إن \
عليهم الانتظار لأن الصندوق أصغر من الحاجة. وتأمل الوزارة أن تنشر القائمة التالية قبل الصيف، ويمكن لمن \
رفض طلبه أن يتقدم مرة أخرى دون أوراق جديدة.""",
    "hindi": """यह पैसा उस कोष से आता है जिसे संसद ने तीन साल पहले छोटे दलों को गाड़ियां, पाइप और सुरक्षा के कपड़े \
खरीदने में मदद देने के लिए बनाया था, जिनका खर्च वे अपने बजट से नहीं उठा सकते। दल साल में एक बार आवेदन करते हैं और मंत्रालय \
के निर्णय से पहले पूर्व अधिकारियों का समूह हर आवेदन पढ़ता है। इस साल आधे से अधिक आवेदकों से कहा गया कि उन्हें इंतजार करना \
होगा क्योंकि कोष जरूरत से छोटा है। मंत्रालय को उम्मीद है कि अगली सूची गर्मी से पहले छपेगी और जिन्हें इस बार मना किया गया \
वे फिर आवेदन कर सकते हैं।""",
    "chinese": """这笔钱来自议会三年前设立的基金，用于帮助规模较小的消防队购买车辆、水带和防护服装，这些开\
支他们无法从自己的预算中承担。消防队每年申请一次，由退休军官组成的小组审阅每一份申请，然后由主管部门作出\
决定。今年有一半以上的申请者被告知需要等待，因为基金的规模小于需求。主管部门希望在夏天之前公布下一份名单\
，这次没有获得批准的队伍可以再次申请，不必重新填写全部表格。""",
}
NOTICES = {
    "english": (
        "The fire brigade of {place} will receive {sum} pounds from the ministry, minister Anna Lund said. "
        "{prose} In {place} the news was met with relief.",
        {"place": "Harwick", "sum": "48,000"},
        {"place": "Oakby", "sum": "112,500"},
    ),
    "german": (
        "Die Feuerwehr von {place} erhält {sum} Euro aus Berlin, sagte Minister Lund. {prose} "
        "Aufatmen in {place}.",
        {"place": "Neuhausen", "sum": "48.000"},
        {"place": "Oberbach", "sum": "112.500"},
    ),
    "arabic": (
        "ستحصل فرقة {place} على {sum} دينار من الوزارة. {prose} وفي {place} استقبل الخبر بارتياح.",
        {"place": "الناصرية", "sum": "48000"},
        {"place": "طرابلس", "sum": "112500"},
    ),
    "hindi": (
        "{place} के दमकल दल को मंत्रालय से {sum} रुपये मिलेंगे, मंत्री ने कहा। {prose} {place} में इस खबर का स्वागत हुआ।",
        {"place": "रामनगर", "sum": "48000"},
        {"place": "सोनपुर", "sum": "112500"},
    ),
    "chinese": (
        "部长表示，{place}消防队将从主管部门获得{sum}元。{prose}{place}对这一消息感到欣慰。",
        {"place": "新河", "sum": "48000"},
        {"place": "临川", "sum": "112500"},
    ),
}
STUBS = {  # template, facts, other facts
    "weather": (
        "Weather for Harwick: {sky} in the morning, with a high of {high} degrees and a low of {low}. Winds "
        "from the {wind} at {speed} kilometres an hour. The chance of rain is {rain} percent.",
        {"sky": "cloudy", "high": "21", "low": "12", "wind": "west", "speed": "15", "rain": "40"},
        {"sky": "sunny", "high": "24", "low": "14", "wind": "south", "speed": "9", "rain": "5"},
    ),
    "result": (
        "{home} beat {away} {score} in the second division on {day} evening in front of {crowd} people. "
        "{scorer} scored the decisive goal shortly before the end of the match, the third win in a row.",
        {
            "home": "Harwick",
            "away": "Oakby",
            "score": "2-1",
            "day": "Friday",
            "crowd": "3,210",
            "scorer": "Jones",
        },
        {
            "home": "Lindsey",
            "away": "Marlow",
            "score": "3-0",
            "day": "Saturday",
            "crowd": "5,600",
            "scorer": "Petrov",
        },
    ),
    "earnings": (
        "{firm} Corp 4th qtr net shr {now} cts vs {then} cts. Net {net} mln vs {before} mln. "
        "Revs {revs} mln dlrs.",
        {"firm": "Alden", "now": "31", "then": "28", "net": "4.1", "before": "3.7", "revs": "88.2"},
        {"firm": "Borrow", "now": "12", "then": "19", "net": "1.6", "before": "2.3", "revs": "41.0"},
    ),
}
STAGE = (
    "The bill that would pay for 1,200 miles of new dykes along the northern coast was {first} by the "
    "{body} on Thursday, senator Ruth Keller said. The bill asks the army's engineers to begin with the"
    " villages that were under water in the storm of last January, and gives every county a seat on the"
    " board that will share out the money. It also asks for a report every second year on how far the "
    "work has come, and what the sea has done in the meantime. People on the coast have waited for this"
    " longer than anyone should have to wait, Keller said, and the work will bring jobs to ports that "
    "have lost their fishing."
)


def jaccard(left: str, right: str) -> tuple[float, float]:
    sets = as_sets(shingle(tokenise(pa.array([left, right])), width=5))
    one, two = compare(sets, np.array([0]), np.array([1]))[:2]
    return float(one[0]), float(two[0])


def table(rows: list[tuple[str | None, dt.datetime | None]]) -> pa.Table:
    outlets, dates = zip(*rows, strict=True)
    return pa.table(
        {
            "outlet": pa.array(outlets, pa.string()),
            "published_at": pa.array(dates, pa.timestamp("us", tz="UTC")),
        }
    )


def evidence(
    left: str,
    right: str,
    *,
    outlets: tuple[str | None, str | None] = (OUTLET, OUTLET),
    dates: tuple[dt.datetime | None, dt.datetime | None] = (NOON, NOON),
) -> str | None:
    """Return the evidence for two texts, having made sure that their order makes no difference to it."""
    articles = table(list(zip(outlets, dates, strict=True)))
    scores = jaccard(left, right)
    texts, members = pa.array([left, right]), np.array([0, 1])
    found = [
        judge(
            pa.table([[later], [1 - later], [scores[0]], [scores[1]]], schema=MATCHES),
            articles,
            texts,
            members,
        )
        for later in (1, 0)
    ]
    one, other = (verdict[0].as_py() for verdict in found)
    assert (one is None) == (other is None)
    return one


def filled(name: str) -> tuple[str, str]:
    template, one, other = NOTICES[name]
    return template.format(prose=PROSE[name], **one), template.format(prose=PROSE[name], **other)


@pytest.mark.parametrize("language", NOTICES)
def test_notices_of_one_template_are_a_series(language: str) -> None:
    one, other = filled(language)
    assert jaccard(one, other)[0] >= 0.8
    assert evidence(one, other) is not None


def test_a_name_may_stand_where_the_other_has_a_common_word() -> None:
    template, one, other = NOTICES["english"]
    first = template.format(prose=PROSE["english"], **one)
    second = template.format(prose=PROSE["english"], **{**other, "place": "the northeast"})
    assert evidence(first, second) is not None


@pytest.mark.parametrize("kind", STUBS)
def test_stubs_of_one_template_are_a_series(kind: str) -> None:
    template, one, other = STUBS[kind]
    assert evidence(template.format(**one), template.format(**other)) is not None


EDITS = ("typo", "name", "number", "cut", "added", "byline", "quotes", "item", "capitals", "composed")


def edited(language: str, edit: str) -> tuple[str, str]:
    text, word, name, number, sentence, more = ARTICLES[language]
    bylines = {"chinese": "记者 李娜 报道", "arabic": "بقلم ليلى حداد", "hindi": "लेखक नेहा सिंह"}
    byline = bylines.get(language, "Jane Miller, Peter Stone")
    edits = {
        "typo": text.replace(*word),
        "name": text.replace(*name),
        "number": text.replace(*number),
        "cut": text.replace(sentence, ""),
        "added": text + more,
        "byline": f"{byline}\n\n{text}",
        "quotes": text.replace('"', "'").replace("„", "»").replace("“", "«"),
        "item": f"{text}\n\n• {more.strip()}",
        "capitals": text[:60].upper() + text[60:],
        "composed": unicodedata.normalize("NFD", text),
    }
    return text, edits[edit]


@pytest.mark.parametrize("language", ARTICLES)
@pytest.mark.parametrize("edit", EDITS)
def test_an_edited_copy_is_no_series(language: str, edit: str) -> None:
    one, other = edited(language, edit)
    score = jaccard(one, other)
    assert score[0] >= 0.8 or score[1] >= 0.9
    assert evidence(one, other) is None


@pytest.mark.parametrize(
    "outlets", [("example.com", "example.org"), (OUTLET, None), (None, OUTLET), (None, None)]
)
@pytest.mark.parametrize("dates", [(NOON, NOON), (NOON, NOON + dt.timedelta(days=30))])
def test_articles_of_other_or_unknown_outlets_are_never_a_series(
    outlets: tuple[str | None, str | None], dates: tuple[dt.datetime, dt.datetime]
) -> None:
    assert evidence(*filled("english"), outlets=outlets, dates=dates) is None


MOMENTS = st.one_of(
    st.none(),
    st.sampled_from(
        [NOON + dt.timedelta(days=day, microseconds=tick) for day in (4, 5) for tick in (-1, 0, 1)]
    ),
    st.integers(-700_000, 2_900_000).map(lambda day: NOON + dt.timedelta(days=day)),
    st.just(NOON),
)


@given(st.lists(st.tuples(st.sampled_from([None, "a.com", "b.com"]), MOMENTS), min_size=2, max_size=8))
def test_apart_are_those_of_one_outlet_five_days_or_more_from_each_other(
    rows: list[tuple[str | None, dt.datetime | None]],
) -> None:
    pairs = [(later, earlier) for later in range(len(rows)) for earlier in range(later)]
    expected = [
        rows[i][0] is not None
        and rows[i][0] == rows[j][0]
        and None not in (one := rows[i][1], other := rows[j][1])
        and abs(one - other) >= dt.timedelta(days=5)
        for i, j in pairs
    ]
    columns = [pa.array(column, pa.int64()) for column in zip(*pairs, strict=True)]
    for later, earlier in (columns, columns[::-1]):
        some = pa.table({"later": later, "earlier": earlier})
        assert apart(some, table(rows)).tolist() == expected


@pytest.mark.parametrize(
    ("gap", "told"),
    [
        (dt.timedelta(days=DAYS), f"same outlet, {DAYS} days apart"),
        (dt.timedelta(days=6, hours=23), "same outlet, 6 days apart"),
        (dt.timedelta(days=DAYS) - dt.timedelta(microseconds=1), None),
        (dt.timedelta(hours=1), None),
    ],
)
def test_the_same_words_on_another_day_are_told_by_the_date_alone(
    gap: dt.timedelta, told: str | None
) -> None:
    text = ARTICLES["english"][0]
    assert evidence(text, text, dates=(NOON, NOON + gap)) == told
    assert evidence(text, text, dates=(NOON, None)) is None


def test_an_abridged_copy_is_a_series_only_if_the_dates_say_so() -> None:
    text = ARTICLES["english"][0]
    short = text.split("\n\n")[0]
    assert jaccard(text, short)[1] >= 0.9
    assert evidence(text, short) is None
    assert evidence(text, short, dates=(NOON, NOON + dt.timedelta(days=8))) == "same outlet, 8 days apart"


def test_the_evidence_names_what_was_swapped_the_later_one_first() -> None:
    one, other = filled("english")
    assert evidence(one, other) == "same outlet, 1 name and numbers swapped: Oakby, 112,500 / Harwick, 48,000"
    assert evidence(other, one) == "same outlet, 1 name and numbers swapped: Harwick, 48,000 / Oakby, 112,500"


def test_stages_of_one_bill_are_a_series() -> None:
    first = STAGE.format(first="approved", body="committee")
    second = STAGE.format(first="passed", body="assembly")
    assert jaccard(first, second)[0] >= 0.8
    told = evidence(first, second)
    assert told == "same outlet, stages: passed / committee, approved"
    longer = f"{first} It was approved there and passed on to the house for its final reading."
    assert evidence(first, longer) is None, "an addition is no other stage"
    assert evidence(first.replace("bill", "plan"), second.replace("bill", "plan")) is None, "no bill"


def test_a_correction_says_what_it_is() -> None:
    template, one, _ = STUBS["earnings"]
    wrong = template.format(**one)
    assert evidence(wrong, wrong.replace("31", "13")) is not None
    assert evidence(wrong, wrong.replace("31", "13") + " Corrects the share.") is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("voted on Tuesday evening", "voted on Monday evening"),
        ("flooded its cellar two winters ago", "filled its basement the winter before last"),
        ("Tom Ferris", "Tim Ferris"),
        ("Ellen Brandt", "Helen Brandt"),
        ("4.2 million pounds, twice", "4.7 million pounds, twice"),
        ("has stood empty", "had been standing empty"),
        ("Oakby", "Oakbey"),
    ],
)
def test_one_fact_corrected_or_some_words_polished_make_a_copy(old: str, new: str) -> None:
    text = ARTICLES["english"][0]
    assert old in text
    assert evidence(text, text.replace(old, new)) is None


@pytest.mark.parametrize(
    ("language", "polish"),
    [
        (
            "english",
            {"Residents": "Citizens", "hall left": "place left", "put the money": "invest the money"},
        ),
        ("german", {"Reparatur": "Sanierung", "Grundstück": "Gelände", "Anwohner": "Bürger"}),
        ("arabic", {"الجلسة": "الاجتماع", "القاعة": "المكان", "تكلفة": "نفقات"}),
        ("hindi", {"निवासी": "नागरिक", "पैसा": "धन", "फैसला": "निश्चय"}),
        ("chinese", {"修缮": "维修", "开支": "支出", "预计": "有望"}),
    ],
)
def test_other_words_for_the_same_things_make_a_copy(language: str, polish: dict[str, str]) -> None:
    text = polished = ARTICLES[language][0]
    for old, new in polish.items():
        assert old in polished
        polished = polished.replace(old, new)
    assert jaccard(text, polished)[0] >= 0.8
    assert evidence(text, polished) is None


def test_a_misspelt_name_is_the_same_name_however_often_it_stands() -> None:
    text = f"{ARTICLES['english'][0]} Brandt spoke last. Brandt thanked all who came, and Brandt left early."
    assert evidence(text, text.replace("Brandt", "Brand")) is None
    assert evidence(text, text.replace("Brandt", "Keller")) == (
        "same outlet, 1 name swapped: Keller / Brandt"
    )


def test_two_names_corrected_in_an_article_make_no_series_and_three_do() -> None:
    text = f"{ARTICLES['english'][0]}\n\n{PROSE['english']}"
    two = text.replace("Ferris", "Jones").replace("Brandt", "Keller").replace("ministry", "office")
    assert evidence(text, two) is None
    three = two.replace("Mill Street", "High Street")
    assert evidence(text, three) == "same outlet, 3 names swapped: High, Keller, Jones / Mill, Brandt, Ferris"


def test_another_contact_below_a_long_article_makes_no_series() -> None:
    text = "\n\n".join(
        [ARTICLES["english"][0], filled("english")[0], STAGE.format(first="passed", body="house")]
    )
    contacts = (
        "Write to Laura Capps of the Times, box 2633.",
        "Write to Keith Maley of the Herald, box 4472.",
    )
    first, second = (f"{text}\n\nIt goes on. {contact}" for contact in contacts)
    assert evidence(first, second) is None
    shorter = ARTICLES["english"][0]
    assert evidence(*(f"{shorter} {contact}" for contact in contacts)) is not None


def test_a_rewritten_article_is_no_series_for_its_new_names() -> None:
    first, second, third = ARTICLES["english"][0].split("\n\n")
    before = "\n\n".join([first, second, third, "It was left to Moser, Huber and Gruber to decide."])
    after = "\n\n".join([first, third, third, "It was left to Rossi, Ferrari and Esposito to decide."])
    assert jaccard(before, after)[0] < 0.8
    assert evidence(before, after) is None


def test_the_same_stub_on_another_weekday_is_a_copy() -> None:
    template, facts, _ = STUBS["result"]
    text = template.format(**facts)
    assert evidence(text, text.replace("Friday", "Saturday")) is None
    assert evidence(text, text.replace("Oakby", "Marlow")) is not None


POOL = [text for name in NOTICES for text in filled(name)] + [ARTICLES[name][0] for name in ARTICLES]
POOL += [edited("english", edit)[1] for edit in EDITS]


@given(
    st.lists(
        st.tuples(st.sampled_from(range(len(POOL))), st.sampled_from([OUTLET, None])), min_size=2, max_size=6
    ),
    st.data(),
)
def test_each_pair_is_judged_for_itself(rows: list[tuple[int, str | None]], data: st.DataObject) -> None:
    chosen = [POOL[place] for place, _ in rows]
    articles = table([(outlet, NOON) for _, outlet in rows])
    every = [
        (i, j, *jaccard(chosen[i], chosen[j])) for i in range(len(rows)) for j in range(len(rows)) if i != j
    ]
    some = data.draw(st.lists(st.sampled_from(every), max_size=12))
    columns = list(zip(*some, strict=True)) or [[]] * 4
    pairs = pa.table(
        [pa.array(each, f.type) for each, f in zip(columns, MATCHES, strict=True)], schema=MATCHES
    )
    with mock.patch.object(series, "PAIRS_AT_ONCE", 5):  # pairs at a time make no difference
        together = judge(pairs, articles, pa.array(chosen), np.arange(len(rows))).to_pylist()
    for (i, j, *_), told in zip(some, together, strict=True):
        outlets = (rows[j][1], rows[i][1])
        alone = evidence(chosen[j], chosen[i], outlets=outlets)
        assert (alone is None) == (told is None)
        assert alone == told


@given(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=80), st.sampled_from(["NFD", "NFC", "NFKD"])
)
def test_texts_of_one_spelling_are_no_series(text: str, form: str) -> None:
    other = unicodedata.normalize(form, text)
    assert evidence(text, other) is None
