"""Problems of service centres, uddoktas, their devices and mandates."""

from collections.abc import Mapping

from libs.bangladesh.text import bangla_digits
from libs.contracts.language import Text
from libs.contracts.mandates import HIGHEST_TOLD_FEE_BDT
from libs.contracts.problem_texts.shape import ProblemText

_HIGHEST_BN = bangla_digits(f"{HIGHEST_TOLD_FEE_BDT:,}")

PROBLEMS: Mapping[str, ProblemText] = {
    "service_centre_malformed": ProblemText(
        422,
        Text(bn="কেন্দ্রের তথ্য ঠিক নেই", en="The centre is not right"),
        Text(
            bn="কেন্দ্রের আইডি ছোট হাতের ইংরেজি অক্ষরে লিখুন, আর বন্ধের সময় খোলার সময়ের পরে দিন।",
            en="Write the id in small letters, digits and hyphens, and let the centre close after "
            "it opens.",
        ),
    ),
    "service_centre_not_running": ProblemText(
        409,
        Text(bn="কেন্দ্রটি এখন চালু নেই", en="The centre is not running"),
        Text(
            bn="এই কেন্দ্রে এখন সেবা দেওয়া হচ্ছে না। অন্য কেন্দ্রে যান, বা নিজে আবেদন করুন।",
            en="Nobody is helped at this centre just now. Go to another one, or apply on your own.",
        ),
    ),
    "area_unknown": ProblemText(
        422,
        Text(bn="এলাকাটি পাওয়া যায়নি", en="No such area"),
        Text(
            bn="উপজেলা বা সিটি কর্পোরেশনের কোড দিন।",
            en="Give the code of an upazila or a city corporation.",
        ),
    ),
    "union_unknown": ProblemText(
        422,
        Text(bn="এই উপজেলায় ইউনিয়নটি নেই", en="No such union in the upazila"),
        Text(
            bn="উপজেলার ইউনিয়নগুলো থেকে একটি বেছে নিন। সিটি কর্পোরেশনে ঘরটি খালি রাখুন।",
            en="Choose one of the unions of the upazila. Leave it empty in a city corporation.",
        ),
    ),
    "ward_unknown": ProblemText(
        422,
        Text(bn="এই ওয়ার্ডটি নেই", en="There is no such ward"),
        Text(
            bn="ইউনিয়নে ১ থেকে ৯ নম্বর ওয়ার্ড থাকে। উপজেলায় আগে ইউনিয়ন বেছে নিন।",
            en="A union has the wards 1 to 9. In an upazila, choose the union first.",
        ),
    ),
    "ward_missing": ProblemText(
        422,
        Text(bn="ওয়ার্ড লেখা নেই", en="The ward is missing"),
        Text(
            bn="কেন্দ্র চালু করার আগে তার ইউনিয়ন ও ওয়ার্ড লিখুন।",
            en="Give the union and the ward of a centre before it runs.",
        ),
    ),
    "area_not_open": ProblemText(
        409,
        Text(bn="এলাকাটি এখনো চালু হয়নি", en="The area is not open"),
        Text(
            bn="কেন্দ্রের ওয়ার্ড আগে কর্মসূচির দুজন মিলে চালু করেন। তার পরে কেন্দ্র চালু হয়।",
            en="Two people of the programme open the ward of the centre first. Then it can run.",
        ),
    ),
    "licence_dates_wrong": ProblemText(
        422,
        Text(bn="মেয়াদ ঠিক নেই", en="The dates are not right"),
        Text(
            bn="লাইসেন্স ও সনদের মেয়াদ লাইসেন্স শুরুর তারিখের পরে শেষ হতে হবে।",
            en="Let licence and certificate end after the licence begins.",
        ),
    ),
    "office_malformed": ProblemText(
        422,
        Text(bn="কার্যালয়ের তথ্য ঠিক নেই", en="The office is not right"),
        Text(
            bn="কার্যালয়ের আইডি ইংরেজি অক্ষরে লিখুন, আর জনসংখ্যা দিলে তার উৎসও দিন।",
            en="Write the id in letters, digits, hyphens and underscores, beginning with a small "
            "letter. Give a population only with its source, and the other way round.",
        ),
    ),
    "office_unknown": ProblemText(
        404,
        Text(bn="এই কার্যালয়টি নেই", en="There is no such office"),
        Text(bn="কার্যালয়ের আইডি আবার দেখে নিন।", en="Check the id of the office."),
    ),
    "office_closed": ProblemText(
        409,
        Text(bn="কার্যালয়টি বন্ধ", en="The office is closed"),
        Text(bn="চালু একটি কার্যালয় দিন।", en="Choose an office that is running."),
    ),
    "office_has_officers": ProblemText(
        409,
        Text(bn="কার্যালয়ে এখনও কর্মকর্তা আছেন", en="Officers work at this office"),
        Text(
            bn="আগে কর্মকর্তাদের অন্য কার্যালয়ে দিন, বা তাঁদের হিসাব বন্ধ করুন।",
            en="Let its officers work at another office first, or disable their accounts.",
        ),
    ),
    "charge_above_cap": ProblemText(
        422,
        Text(bn="সেবা মূল্য সীমার বেশি", en="The charge is above the cap"),
        Text(
            bn="কেন্দ্রের সেবা মূল্য নির্ধারিত সর্বোচ্চ সীমার বেশি হতে পারে না।",
            en="A centre cannot charge more than the cap. Give a lower amount.",
        ),
    ),
    "proof_invalid": ProblemText(
        401,
        Text(bn="যন্ত্রের প্রমাণ ঠিক নেই", en="The device's proof is not valid"),
        Text(
            bn="অনুরোধটি নিবন্ধিত যন্ত্র থেকে, নতুন প্রমাণসহ আবার পাঠান।",
            en="Send the request from the device, with a new proof in the header DPoP (RFC 9449).",
        ),
    ),
    "device_clock_wrong": ProblemText(
        401,
        Text(bn="যন্ত্রের ঘড়ি ঠিক নেই", en="The device's clock is wrong"),
        Text(
            bn="যন্ত্রের তারিখ ও সময় ঠিক করে আবার চেষ্টা করুন।",
            en="Set date and time of the device, as in the header Date of this answer, then try "
            "again.",
        ),
    ),
    "device_unknown": ProblemText(
        403,
        Text(bn="যন্ত্রটি নিবন্ধিত নয়", en="The device is not enrolled"),
        Text(
            bn="কাজটি আপনার কেন্দ্রের নিবন্ধিত যন্ত্রে করুন, বা যন্ত্রটি নিবন্ধন করান।",
            en="Use an enrolled device of your centre, or have this one enrolled.",
        ),
    ),
    "device_enrolled_before": ProblemText(
        409,
        Text(bn="যন্ত্রটি আগে থেকেই নিবন্ধিত", en="The device is enrolled already"),
        Text(
            bn="যন্ত্রটি আগেই নিবন্ধিত হয়েছে। অন্য কেন্দ্রে নিতে হলে আগে সরিয়ে নিন।",
            en="This device was enrolled before. To move it, have it removed first.",
        ),
    ),
    "enrolment_code_wrong": ProblemText(
        422,
        Text(bn="নিবন্ধন কোড মেলেনি", en="The enrolment code is wrong"),
        Text(
            bn="কোডটি ভুল, ব্যবহৃত, বা ২৪ ঘণ্টার বেশি পুরোনো। নতুন কোড চান।",
            en="The code is wrong, was used, or is older than 24 hours. Ask for a new one.",
        ),
    ),
    "uddokta_stopped": ProblemText(
        403,
        Text(bn="আপনার কাজ স্থগিত আছে", en="You may not help citizens now"),
        Text(
            bn="আপনার লাইসেন্স স্থগিত। কারণ জানতে কর্মসূচি দপ্তরে যোগাযোগ করুন।",
            en="You are paused or suspended. Ask the programme why.",
        ),
    ),
    "licence_expired": ProblemText(
        403,
        Text(bn="লাইসেন্স বা সনদের মেয়াদ নেই", en="Licence or certificate do not hold today"),
        Text(
            bn="লাইসেন্স বা সনদ নবায়ন করে আবার চেষ্টা করুন।",
            en="Have your licence or certificate renewed, then try again.",
        ),
    ),
    "consent_needed": ProblemText(
        409,
        Text(bn="নাগরিকের নতুন সম্মতি প্রয়োজন", en="The citizen has to agree to this correction"),
        Text(
            bn="সংশোধনে আবেদনকারীর নাম, পরিচয় নম্বর বা জন্মতারিখ বদলাচ্ছে। নাগরিকের সম্মতি নিয়ে পাঠান।",
            en="It changes name, number or birth date of the applicant. Propose it, ask the "
            "citizen for the consent, and send it with that.",
        ),
    ),
    "consent_not_needed": ProblemText(
        409,
        Text(bn="নতুন সম্মতি লাগবে না", en="No consent is needed"),
        Text(
            bn="নাম, পরিচয় নম্বর ও জন্মতারিখ একই আছে। সংশোধনটি সরাসরি পাঠান।",
            en="Name, number and birth date stay the same. Send the correction itself.",
        ),
    ),
    "correction_changed": ProblemText(
        409,
        Text(bn="এই সম্মতি অন্য উত্তরের জন্য", en="The consent is for other answers"),
        Text(
            bn="সম্মতির পর উত্তর বদলানো হয়েছে, বা এক দিন পার হয়েছে। সংশোধনটি আবার দেখে নতুন সম্মতি চান।",
            en="The answers were changed since, or a day has passed. Check the correction, and ask "
            "for a new consent.",
        ),
    ),
    "second_person_needed": ProblemText(
        403,
        Text(bn="আরেকজনের অনুমোদন প্রয়োজন", en="A second person is needed"),
        Text(
            bn="যিনি প্রস্তাব করেছেন, তিনি নিজে অনুমোদন করতে পারেন না।",
            en="Whoever proposed it cannot approve it. Ask a colleague.",
        ),
    ),
    "rejected_before": ProblemText(
        409,
        Text(bn="আগেই নাকচ হয়েছে", en="Rejected before"),
        Text(bn="প্রস্তাবটি আগেই নাকচ হয়েছে।", en="This was rejected, or taken back, before."),
    ),
    "approved_before": ProblemText(
        409,
        Text(bn="আগেই অনুমোদিত", en="Approved before"),
        Text(bn="প্রস্তাবটি আগেই অনুমোদিত হয়েছে।", en="This was approved before."),
    ),
    "complaint_answer_missing": ProblemText(
        422,
        Text(bn="অভিযোগের উত্তর নেই", en="The complaint has no answer"),
        Text(
            bn="যিনি অভিযোগ করেছেন তাঁর জন্য উত্তর লিখুন; তিনি তা নিজের পাতায় পড়বেন।",
            en="Write an answer for whoever complained, who reads it on the own page.",
        ),
    ),
    "consent_incomplete": ProblemText(
        422,
        Text(bn="সম্মতির তথ্য অসম্পূর্ণ", en="Something is missing for the consent"),
        Text(
            bn="নিজের ফোনে শুধু মোবাইল নম্বর দিন। ফোন না থাকলে নাগরিকের নাম, আর পরিচয়পত্র বা জন্ম নিবন্ধন"
            " নম্বরও দিন; সাক্ষীর সামনে ফোন লাগে না।",
            en="With an own phone give its number only. Without one give the citizen's name and "
            "the NID or birth registration number too; before a witness, no phone.",
        ),
    ),
    "citizen_has_another_phone": ProblemText(
        409,
        Text(
            bn="নাগরিকের নম্বর এখন অন্য", en="The citizen has another number than the one that agreed"
        ),
        Text(
            bn="যে নম্বর সম্মতি দিয়েছিল, সেটি আর নাগরিকের নয়। তিনি নিজের নম্বরে লগইন করে সংশোধন করবেন।",
            en="The number that consented no longer speaks for the citizen. She logs in with her "
            "own, and corrects it herself.",
        ),
    ),
    "phone_of_helper": ProblemText(
        422,
        Text(bn="নম্বরটি একজন উদ্যোক্তার", en="The number is an uddokta's"),
        Text(
            bn="সম্মতি উদ্যোক্তার ফোনে নেওয়া যায় না। নাগরিকের নিজের, অভিভাবকের বা যৌথ ফোন দিন।",
            en="No citizen consents with an uddokta's phone. Give the citizen's own, a guardian's "
            "or a shared one.",
        ),
    ),
    "fee_needed": ProblemText(
        422,
        Text(bn="সরকারি ফি লিখুন", en="The ministry's fee is needed"),
        Text(
            bn="এই সেবার ফি প্রকাশিত তথ্যে নিশ্চিত নয়। দপ্তর যে ফি বলেছে, তা লিখুন; না লাগলে ০।"
            " জানা না থাকলে জানান যে নাগরিক নিজে দপ্তরে দেবেন।",
            en="The fee of this service was not published. Give what the office has told, or 0. If "
            "it is not known, say that the citizen pays at the office.",
        ),
    ),
    "fee_too_high": ProblemText(
        422,
        Text(bn="ফি সীমার বেশি", en="The fee is too high"),
        Text(
            bn=f"প্রকাশিত নয় এমন ফি কেন্দ্রে ০ থেকে {_HIGHEST_BN} টাকা পর্যন্ত নেওয়া যায়। "
            "এর বেশি হলে জানান যে নাগরিক নিজে দপ্তরে দেবেন; কেন্দ্র তখন কোনো ফি নেয় না।",
            en=f"A centre takes Tk 0 to {HIGHEST_TOLD_FEE_BDT:,} for a fee that was not published. "
            "Say of a higher one that the citizen pays it at the office; the centre takes none.",
        ),
    ),
    "fee_case_needed": ProblemText(
        422,
        Text(bn="কোন ক্ষেত্রে, তা বেছে নিন", en="The case is needed"),
        Text(
            bn="এই সেবার ফি ক্ষেত্রভেদে ভিন্ন। নাগরিককে জিজ্ঞাসা করে একটি বেছে নিন।",
            en="The fee of this service depends on the case. Ask the citizen, and choose one.",
        ),
    ),
    "fee_day_needed": ProblemText(
        422,
        Text(bn="তারিখটি দিন", en="The date is needed"),
        Text(
            bn="এই সেবার ফি তারিখ অনুযায়ী। জিজ্ঞাসা করে তারিখটি লিখুন: সাল চার অঙ্কে, আজকের পরের তারিখ নয়।",
            en="The fee of this service depends on a date: the year has four digits, and it is not "
            "in the future.",
        ),
    ),
    "fee_is_fixed": ProblemText(
        422,
        Text(bn="সরকারি ফি নির্ধারিত", en="The ministry's fee is fixed"),
        Text(
            bn="এই সেবার ফি তালিকায় নির্ধারিত; অন্য অঙ্ক নেওয়া যায় না।",
            en="The fee of this service is in the catalogue; no other amount can be taken.",
        ),
    ),
    "pin_wrong": ProblemText(
        422,
        Text(bn="পিন মেলেনি", en="The PIN is wrong"),
        Text(
            bn="নাগরিক নিজের ৪ থেকে ৮ সংখ্যার পিনটি আবার লিখুন।",
            en="Let the citizen type the PIN again, of 4 to 8 digits.",
        ),
    ),
    "pin_locked": ProblemText(
        409,
        Text(bn="পিন অনেকবার ভুল হয়েছে", en="The PIN was wrong too often"),
        Text(
            bn="এই নাগরিকের পিন আর নেওয়া হয় না। একজন কর্মকর্তার সামনে সম্মতি নিন; তারপর নতুন পিন বেছে নেওয়া"
            " যায়।",
            en="The PIN of this citizen is not taken any more. Ask for the consent before an "
            "officer; after that a new PIN can be chosen.",
        ),
    ),
    "wards_too_many": ProblemText(
        409,
        Text(
            bn="এই ফোনে আর কারও জন্য সম্মতি নেওয়া যায় না",
            en="This phone can consent for nobody else",
        ),
        Text(
            bn="এক বছরে এই ফোন অনেক নাগরিকের জন্য সম্মতি দিয়েছে। নাগরিকের নিজের বা অন্য অভিভাবকের ফোন"
            " দিন, বা একজন কর্মকর্তার সামনে সম্মতি নিন।",
            en="Within a year it has consented for many citizens. Give the citizen's own phone or "
            "another guardian's, or ask for the consent before an officer.",
        ),
    ),
    "witness_number_unknown": ProblemText(
        404,
        Text(bn="এই নম্বরে কোনো সম্মতি অপেক্ষায় নেই", en="No consent waits under this number"),
        Text(
            bn="নম্বরটি আবার দেখুন। সম্মতি চাওয়ার পর ৩০ মিনিট অপেক্ষা করে; এরপর কাউন্টারে আবার চাইতে হয়।",
            en="Check the number. A request waits for 30 minutes; after that it is made again at "
            "the counter.",
        ),
    ),
    "witness_needed": ProblemText(
        409,
        Text(bn="সাক্ষী কর্মকর্তা প্রয়োজন", en="An officer as witness is needed, or is not"),
        Text(
            bn="সাক্ষীর সম্মতি কর্মকর্তা নিজের লগইন দিয়ে নিশ্চিত করেন; অন্য সম্মতি কোড দিয়ে হয়।",
            en="A consent before a witness is confirmed by an officer's own login; any other by a "
            "code.",
        ),
    ),
    "mandate_needed": ProblemText(
        403,
        Text(bn="নাগরিকের ক্ষমতাপত্র প্রয়োজন", en="The citizen's mandate is needed"),
        Text(
            bn="কেন্দ্র থেকে আবেদন নাগরিকের সম্মতিতে পাওয়া ক্ষমতাপত্র দিয়েই পাঠানো যায়।"
            " নিজে আবেদন করলে কেন্দ্রের ঘরটি বাদ দিন।",
            en="An application through a centre is sent with the citizen's mandate. When applying "
            "on your own, leave `service_centre_id` out.",
        ),
    ),
    "mandate_not_active": ProblemText(
        409,
        Text(bn="সম্মতি এখনো আসেনি", en="The citizen has not consented yet"),
        Text(
            bn="নাগরিকের ফোনে পাঠানো কোডটি লিখে আগে সম্মতি নিশ্চিত করুন।",
            en="Enter the code from the citizen's phone first.",
        ),
    ),
    "mandate_consented_before": ProblemText(
        409,
        Text(bn="আগেই সম্মতি দেওয়া হয়েছে", en="Consented before"),
        Text(
            bn="নাগরিক আগেই সম্মতি দিয়েছেন। ফরম পূরণে এগিয়ে যান।",
            en="The citizen has consented before. Go on with the form.",
        ),
    ),
    "mandate_used": ProblemText(
        409,
        Text(bn="ক্ষমতাপত্রটি ব্যবহৃত হয়েছে", en="The mandate was used"),
        Text(
            bn="এই ক্ষমতাপত্রে একটি আবেদন আগেই জমা হয়েছে। আরেকটি আবেদনের জন্য নতুন সম্মতি নিন।",
            en="An application was sent with this mandate before. For another one ask for consent "
            "again.",
        ),
    ),
    "mandate_ended": ProblemText(
        409,
        Text(bn="ক্ষমতাপত্রটি আর নেই", en="The mandate is over"),
        Text(
            bn="নাগরিক থামিয়েছেন, বা সময় শেষ হয়েছে। এখনো কিছু জমা হয়নি। প্রয়োজনে নতুন সম্মতি নিন।",
            en="The citizen stopped it, or its time is over. Nothing was sent. Ask for consent "
            "again if it is still wanted.",
        ),
    ),
    "counter_draft_unknown": ProblemText(
        404,
        Text(bn="এই উত্তরগুলো আর নেই", en="These answers are gone"),
        Text(
            bn="কাউন্টারে যা লেখা হয় তা ২ ঘণ্টা থাকে; সম্মতি শেষ হলে বা থামানো হলে তখনই মুছে যায়। "
            "কাউন্টার থেকে আবার শুরু করুন।",
            en="What is typed at the counter is kept for two hours, and goes at once when the "
            "consent is over or stopped. Begin again from the counter.",
        ),
    ),
    "mandate_for_another": ProblemText(
        403,
        Text(bn="ক্ষমতাপত্রটি এই কাজের নয়", en="The mandate is for something else"),
        Text(
            bn="টোকেনটি অন্য ক্ষমতাপত্র বা অন্য যন্ত্রের। সঠিকটি দিয়ে আবার চেষ্টা করুন।",
            en="The token belongs to another mandate or device. Use the right one.",
        ),
    ),
}
