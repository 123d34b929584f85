"""Parameters of addresses that tell how a reader came, and never which article it is.

Only names that no site uses for anything else: `cid`, `ref`, `source` or `uid` may be the number of an
article.
"""

from __future__ import annotations

_BEGINNINGS = (
    *("utm_", "mtm_", "matomo_", "piwik_", "hsa_", "__hs", "_hs", "gaa_"),
    *("fb_action_", "fb_comment_", "guce_", "_branch_", "oly_", "vero_", "elqtrack"),
)
_OF_SELLERS = """
    fbclid gclid gclsrc dclid gbraid wbraid msclkid yclid ysclid twclid ttclid li_fat_id igshid igsh
    epik irclickid irgwc rb_clickid srsltid s_kwcid s_cid ef_id mc_cid mc_eid mc_tc mkt_tok dm_i _ga
    _gl _ke _kx _openstat wickedid xtor spm hsctatracking et_cid et_rid et_mid awc zanpid
    admitad_uid utm campaign_id cmpid campid campaignid pk_campaign pk_kwd pk_keyword pk_source
    pk_medium pk_content pk_cid wt_mc wt_zmc wt.mc_id wt.mc_ev wt.z_mc itm_source itm_medium
    itm_campaign itm_content itm_term sc_campaign sc_channel ns_mchannel ns_source ns_campaign
    ns_linkname ns_fee at_medium at_campaign at_campaign_type at_custom1 at_custom2 at_custom3
    at_custom4 at_link_id at_link_type at_link_origin at_ptr_name at_bbc_team at_format
"""  # of those who sell advertisements, send mail and count visits
_OF_READERS = """
    fb_source fb_ref ref_src ref_url __twitter_impression tw_share sr_share xing_share sms_ss at_xt
    feedtype feedname smid smtyp ncid ocid wpisrc wpmm srnd sref leadsource ftcamp reflink emc ito
    guccounter .tsrc _guc_consent_skip unlocked_article_code sharetoken share_token gift_token
    accesstoken
"""  # of sites that share, of readers of feeds, of subscribers
_OF_PAGES = """
    phpsessid jsessionid usqp aoh amp_js_v amp_gsa amp_tf amp_kit amp_lite amp_ct ampshare
"""  # of sessions and of AMP
_NAMES = frozenset((_OF_SELLERS + _OF_READERS + _OF_PAGES).split())

_FROM = """
    rss atom feed feeds feedburner twitter facebook fb tw linkedin whatsapp telegram instagram
    reddit pinterest social share sharing email e-mail mail newsletter newsletters nl google
    googlenews google-news bing yahoo flipboard app ios android push notification home homepage hp
"""  # where a reader may come from
_WAYS = frozenset(_FROM.split())
_ABOUT_WAYS = frozenset(
    (
        "ref",
        "source",
        "src",
        "from",
        "via",
        "referrer",
        "referer",
        "partner",
        "cmp",
        "share",
        "medium",
        "channel",
    )
)

_AMP = frozenset({"amp", "_amp", "isamp", "is_amp"})
_YES = frozenset({"", "1", "true", "yes", "y"})
_ABOUT_FORM = frozenset(
    ["output", "outputtype", "format", "view", "type", "mode", "service", "template", "layout", "platform"]
)


def is_tracking(name: str, value: str) -> bool:
    """Tell whether a parameter of an address says nothing about which article it is.

    Args:
        name: its name, as the address has it.
        value: its value; empty where it has none.
    """
    name, value = name.lower(), value.lower()
    return (
        name in _NAMES
        or name.startswith(_BEGINNINGS)
        or (name in _ABOUT_WAYS and value in _WAYS)
        or (name in _AMP and value in _YES)
        or (name in _ABOUT_FORM and value == "amp")
    )
