"""The names of actions, papers and values in both languages; workflows name them by id only."""

from collections.abc import Collection, Mapping
from typing import Final

from libs.contracts.language import Text

_NAMES: Final[Mapping[str, Text]] = {
    "absent": Text(bn="অনুপস্থিত", en="Absent"),
    "accept": Text(bn="গ্রহণ করুন", en="Accept"),
    "account_invalid": Text(bn="হিসাব ঠিক নয়", en="Account is not valid"),
    "adjourn": Text(bn="মুলতবি করুন", en="Adjourn"),
    "adverse": Text(bn="বিরূপ প্রতিবেদন", en="Adverse report"),
    "appoint": Text(bn="আসার সময় ঠিক করুন", en="Set a time to come"),
    "approve": Text(bn="মঞ্জুর করুন", en="Approve"),
    "ask_correction": Text(bn="সংশোধন চাই", en="Ask for a correction"),
    "ask_to_come": Text(bn="আসতে বলুন", en="Ask to come"),
    "attest": Text(bn="প্রত্যয়ন করুন", en="Attest"),
    "ask_officer": Text(bn="আবেদনকারী কর্মকর্তার কাছে চান", en="The applicant asks for an officer"),
    "book": Text(bn="আবেদনকারী আবার আসবেন", en="The applicant will come again"),
    "came": Text(bn="এসেছেন", en="Came"),
    "certify": Text(bn="প্রত্যয়ন করুন", en="Certify"),
    "clear": Text(bn="আপত্তি নেই", en="No objection"),
    "confirm": Text(bn="নিশ্চিত করুন", en="Confirm"),
    "confirm_challan": Text(bn="চালান মিলিয়ে নিশ্চিত করুন", en="Confirm the challan"),
    "decline": Text(bn="সুপারিশ করছি না", en="Do not recommend"),
    "eligible": Text(bn="যোগ্য", en="Eligible"),
    "enrolled": Text(bn="তালিকাভুক্ত হয়েছে", en="Enrolled"),
    "fail": Text(bn="অকৃতকার্য", en="Failed"),
    "failed": Text(bn="হয়নি", en="Failed"),
    "finalise": Text(bn="চূড়ান্ত করুন", en="Finalise"),
    "forward": Text(bn="অগ্রায়ন করুন", en="Forward"),
    "grant": Text(bn="মঞ্জুর করুন", en="Grant"),
    "handed_over": Text(bn="হস্তান্তর করা হয়েছে", en="Handed over"),
    "hearing": Text(bn="শুনানি", en="Hearing"),
    "held": Text(bn="হয়েছে", en="Held"),
    "inquiry": Text(bn="তদন্ত", en="Inquiry"),
    "needs_site_visit": Text(bn="সরেজমিন দেখা দরকার", en="A site visit is needed"),
    "new_round": Text(bn="নতুন তালিকা হবে", en="A new list is made"),
    "not_a_gd": Text(bn="সাধারণ ডায়েরির বিষয় নয়", en="Not a matter for a diary"),
    "not_resident": Text(bn="এখানকার বাসিন্দা নন", en="Not a resident"),
    "not_served": Text(bn="জারি হয়নি", en="Not served"),
    "objected": Text(bn="আপত্তি এসেছে", en="An objection came"),
    "objection": Text(bn="আপত্তি আছে", en="Objection"),
    "ok": Text(bn="ঠিক আছে", en="In order"),
    "overturn": Text(bn="আগের আদেশ বাতিল", en="Overturn"),
    "papers_missing": Text(bn="কাগজ কম আছে", en="Papers are missing"),
    "pass": Text(bn="উত্তীর্ণ", en="Passed"),
    "place_free": Text(bn="একটি জায়গা খালি হয়েছে", en="A place is free"),
    "posted": Text(bn="ডাকে পাঠানো হয়েছে", en="Posted"),
    "printed": Text(bn="ছাপা হয়েছে", en="Printed"),
    "proceed": Text(bn="এগিয়ে নিন", en="Proceed"),
    "record_appeal": Text(bn="নাগরিকের আপত্তি লিখুন", en="Record the citizen's objection"),
    "record_challan": Text(bn="চালান নম্বর লিখুন", en="Record the challan"),
    "refuse": Text(bn="নামঞ্জুর করুন", en="Refuse"),
    "remand": Text(bn="পুনর্বিচারে পাঠান", en="Remand"),
    "report": Text(bn="প্রতিবেদন দিন", en="Report"),
    "register_back": Text(bn="নিবন্ধন আবার চালু", en="The register answers again"),
    "resort": Text(bn="আবার শ্রেণি ঠিক করুন", en="Sort again"),
    "resubmit": Text(bn="আবেদনকারী আবার জমা দেন", en="The applicant submits again"),
    "return": Text(bn="ফেরত দিন", en="Return"),
    "served": Text(bn="জারি হয়েছে", en="Served"),
    "sign": Text(bn="স্বাক্ষর করুন", en="Sign"),
    "uphold": Text(bn="আগের আদেশ বহাল", en="Uphold"),
}

_ITEMS: Final[Mapping[str, Text]] = {
    "appeal_notice_served": Text(bn="আপিলের নোটিশ জারির প্রমাণ", en="Proof of service of the notice"),
    "appeal_letter": Text(bn="নাগরিকের আপত্তিপত্র", en="The citizen's letter"),
    "appeal_record": Text(bn="আপিল শুনানির কার্যবিবরণী", en="Record of the appeal hearing"),
    "category": Text(bn="ব্যবসার শ্রেণি", en="Category of the business"),
    "challan": Text(bn="চালানের নম্বর", en="Number of the challan"),
    "draft_khatian": Text(bn="খসড়া খতিয়ান", en="Draft khatian"),
    "field_report": Text(bn="মাঠ প্রতিবেদন", en="Field report"),
    "gd_number": Text(bn="জিডি নম্বর", en="GD number"),
    "hearing_record": Text(bn="শুনানির নথি", en="Record of the hearing"),
    "inquiry_report": Text(bn="তদন্ত প্রতিবেদন", en="Inquiry report"),
    "investigating_officer": Text(bn="তদন্তকারী কর্মকর্তা", en="Investigating officer"),
    "mark_sheet": Text(bn="নম্বরপত্র", en="Mark sheet"),
    "opinion": Text(bn="মতের সঙ্গে কাগজ", en="Paper with the opinion"),
    "own_document": Text(bn="কার্যালয়ের নিজের কাগজ (পিডিএফ)", en="The office's own paper (PDF)"),
    "photo": Text(bn="ছবি", en="Photo"),
    "shown_number": Text(
        bn="নাগরিক যে এনআইডি বা জন্ম নিবন্ধন দেখিয়েছেন তার নম্বর",
        en="Number of the NID or birth registration that the citizen showed",
    ),
    "served_notice": Text(bn="জারি করা নোটিশ", en="Served notice"),
    "signboard_sqft": Text(bn="সাইনবোর্ডের মাপ, বর্গফুট", en="Signboard in square feet"),
    "site_report": Text(bn="সরেজমিন প্রতিবেদন", en="Site report"),
    "visit_report": Text(bn="পরিদর্শন প্রতিবেদন", en="Report of the visit"),
}


def names_of(items: Collection[str]) -> dict[str, Text]:
    """Return the names of papers and values; those without a name here are left out."""
    return {item: _ITEMS[item] for item in sorted(items) if item in _ITEMS}


def name_of(action: str, leads_to: Text) -> Text:
    """Return the name of an action; one without a name here has that of the step it leads to."""
    return _NAMES.get(action, leads_to)
