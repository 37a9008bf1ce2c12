"""Problems that only identity answers with."""

from collections.abc import Mapping

from libs.contracts.language import Text
from libs.contracts.problem_texts.shape import ProblemText

_LOG_IN_AGAIN_BN = "আবার লগইন করুন: মোবাইল নম্বর দিয়ে নতুন কোড নিন।"

PROBLEMS: Mapping[str, ProblemText] = {
    "code_wrong": ProblemText(
        422,
        Text(bn="কোড মেলেনি", en="The code is wrong"),
        Text(
            bn="কোডটি মেলেনি। এসএমএসে পাওয়া সর্বশেষ কোডটি দেখে আবার লিখুন।",
            en="The code does not match. Type the code of the newest SMS again.",
        ),
    ),
    "duty_day_passed": ProblemText(
        422,
        Text(bn="দিনটি পেরিয়ে গেছে", en="That day has passed"),
        Text(
            bn="দায়িত্বের শেষ দিন আজ বা তার পরে হতে হবে।",
            en="The last day of a duty is today or later.",
        ),
    ),
    "absence_days_wrong": ProblemText(
        422,
        Text(bn="অনুপস্থিতির দিন ঠিক নেই", en="An absence cannot have these days"),
        Text(
            bn="শেষ দিন আজ বা তার পরে, প্রথম দিনের আগে নয়, ও এক বছরের মধ্যে হতে হবে।",
            en="Its last day is today or later, not before the first day, and within a year of it.",
        ),
    ),
    "absence_overlaps": ProblemText(
        409,
        Text(bn="এই দিনগুলোর অনুপস্থিতি আগেই লেখা আছে", en="An absence has some of these days"),
        Text(
            bn="আগের অনুপস্থিতিটি শেষ করে নতুন করে লিখুন, অথবা অন্য দিন দিন।",
            en="End the earlier absence and record it anew, or choose other days.",
        ),
    ),
    "deputy_unfit": ProblemText(
        422,
        Text(bn="এই সহকর্মী ভারপ্রাপ্ত হতে পারেন না", en="This colleague cannot stand in"),
        Text(
            bn="ভারপ্রাপ্ত হন একই কার্যালয়ের আরেকজন কর্মকর্তা, যাঁর অ্যাকাউন্ট চালু ও প্রয়োজনীয় যোগ্যতা শেষ দিন "
            "পর্যন্ত আছে। অন্য কাউকে বেছে নিন।",
            en="A deputy is another officer of the same office with an open account, and with the "
            "qualification that is needed, to the last day. Choose somebody else.",
        ),
    ),
    "deputy_away": ProblemText(
        409,
        Text(bn="এই সহকর্মী তখন নিজেই অনুপস্থিত", en="This colleague is away then"),
        Text(
            bn="ভারপ্রাপ্তের ভারপ্রাপ্ত হয় না। অন্য কাউকে বেছে নিন।",
            en="There is no deputy of a deputy. Choose somebody else.",
        ),
    ),
    "deputy_of_deputy": ProblemText(
        409,
        Text(bn="এই দিনগুলোতে কর্মকর্তা নিজেই ভারপ্রাপ্ত", en="The officer is a deputy in these days"),
        Text(
            bn="ভারপ্রাপ্তের ভারপ্রাপ্ত হয় না। আগে সহকর্মীর অনুপস্থিতিতে অন্য কাউকে ভারপ্রাপ্ত করতে হবে।",
            en="There is no deputy of a deputy. First the absence of the colleague has to be "
            "recorded anew, with another deputy.",
        ),
    ),
    "code_too_short": ProblemText(
        422,
        Text(bn="নতুন, বড় কোড প্রয়োজন", en="A longer code is needed"),
        Text(
            bn="এই ইন্টারনেট সংযোগ থেকে অনেকবার ভুল কোড লেখা হয়েছে। নতুন কোড নিন; সেটি ৯ সংখ্যার হবে।",
            en="Too many wrong codes were typed over this internet connection. Ask for a new code; "
            "it will have 9 digits.",
        ),
    ),
    "code_expired": ProblemText(
        422,
        Text(bn="কোডটি আর চলবে না", en="The code is no longer valid"),
        Text(
            bn="কোডের মেয়াদ শেষ, কোডটি আগে ব্যবহৃত হয়েছে, অথবা অনেকবার ভুল লেখা হয়েছে। নতুন কোড নিন।",
            en="The code has expired, was used before, or was typed wrong too often. Ask for a new "
            "one.",
        ),
    ),
    "codes_too_many_for_phone": ProblemText(
        429,
        Text(bn="অনেকবার কোড চাওয়া হয়েছে", en="Too many codes were asked for"),
        Text(
            bn="এই নম্বরে অল্প সময়ে অনেকবার কোড চাওয়া হয়েছে। কিছুক্ষণ অপেক্ষা করে আবার চেষ্টা করুন; "
            "সর্বশেষ পাঠানো কোডটি মেয়াদ থাকা পর্যন্ত চলবে।",
            en="This number asked for too many codes. Try again in a while; the last code sent "
            "works until it expires.",
        ),
    ),
    "codes_too_many_for_address": ProblemText(
        429,
        Text(bn="এই সংযোগ থেকে অনেক বেশি অনুরোধ", en="Too many requests from this connection"),
        Text(
            bn="এই ইন্টারনেট সংযোগ থেকে অল্প সময়ে অনেক কোড চাওয়া হয়েছে। কিছুক্ষণ পর আবার চেষ্টা করুন।",
            en="Too many codes were asked for over this internet connection. Try again in a while.",
        ),
    ),
    "codes_too_many_for_device": ProblemText(
        429,
        Text(bn="এই ডিভাইস থেকে অনেক বেশি অনুরোধ", en="Too many requests from this device"),
        Text(
            bn="এই ডিভাইস থেকে অনেক কোড চাওয়া হয়েছে। কিছুক্ষণ পর আবার চেষ্টা করুন।",
            en="Too many codes were asked for with this device. Try again in a while.",
        ),
    ),
    "codes_paused": ProblemText(
        503,
        Text(bn="কোড পাঠানো সাময়িকভাবে বন্ধ", en="Codes are paused"),
        Text(
            bn="এখন নতুন ডিভাইসে কোড পাঠানো বন্ধ আছে। আগে লগইন করা ডিভাইস ব্যবহার করুন, অথবা কিছুক্ষণ পর আবার "
            "চেষ্টা করুন।",
            en="No codes are sent to new devices just now. Use a device on which you have logged "
            "in before, or try again later.",
        ),
    ),
    "account_proof_needed": ProblemText(
        409,
        Text(bn="অ্যাকাউন্টটি কি আপনার", en="Is the account yours"),
        Text(
            bn="এই নম্বরে অনেক দিন লগইন হয়নি, তাই নম্বরটি এখন অন্য কারও হতে পারে। নতুন কোড নিন "
            "এবং কোডের সঙ্গে আপনার জাতীয় পরিচয়পত্র বা জন্ম নিবন্ধন নম্বর দিন। "
            "অ্যাকাউন্টটি আপনার না হলে নতুন অ্যাকাউন্ট শুরু করুন।",
            en="This number has not logged in for long, so somebody else may have it now. Ask for "
            "a new code, and send your national identity or birth registration number with it. If "
            "the account is not yours, begin a new one with `new_account`.",
        ),
    ),
    "account_proof_wrong": ProblemText(
        422,
        Text(bn="নম্বরটি অ্যাকাউন্টের নয়", en="The account has another number"),
        Text(
            bn="জাতীয় পরিচয়পত্র বা জন্ম নিবন্ধন নম্বরটি এই অ্যাকাউন্টে দেওয়া নম্বরের সঙ্গে মেলেনি। "
            "নতুন কোড নিয়ে আবার চেষ্টা করুন, অথবা নতুন অ্যাকাউন্ট শুরু করুন। "
            "পুরোনো অ্যাকাউন্ট সেবা কেন্দ্রে গিয়ে ফিরে পাওয়া যায়।",
            en="The national identity or birth registration number is not the one of this account. "
            "Ask for a new code and try again, or begin a new account; a service centre can give "
            "the old one back to its owner.",
        ),
    ),
    "account_not_set_aside": ProblemText(
        404,
        Text(bn="এমন কোনো অ্যাকাউন্ট রাখা নেই", en="No such account was set aside"),
        Text(
            bn="এই নম্বর ও পরিচয় নম্বরে আলাদা করে রাখা ঠিক একটি অ্যাকাউন্ট পাওয়া যায়নি।",
            en="Not exactly one account was set aside from this number with this identity number. "
            "Check both.",
        ),
    ),
    "details_invalid": ProblemText(
        422,
        Text(bn="কিছু বিবরণ ঠিক নেই", en="Some of the details are not right"),
        Text(
            bn="চিহ্নিত ঘরগুলো ঠিক করে আবার পাঠান।",
            en="Correct the fields listed under `errors` and send the request again.",
        ),
    ),
    "phone_unchanged": ProblemText(
        422,
        Text(bn="এটিই আপনার নম্বর", en="This is your number already"),
        Text(
            bn="অ্যাকাউন্টে এই নম্বরটিই আছে। নতুন নম্বরটি লিখুন।",
            en="The account has this number. Type the new one.",
        ),
    ),
    "phone_taken": ProblemText(
        409,
        Text(bn="নম্বরটিতে আরেকটি অ্যাকাউন্ট আছে", en="The number has another account"),
        Text(
            bn="এই নম্বরে আরেকটি অ্যাকাউন্ট আছে। সেটি আপনার হলে ওই নম্বরে লগইন করে "
            "আগে মুছে ফেলুন বা তার নম্বর বদলান।",
            en="Another account has this number. If it is yours, log in with that number, and "
            "erase it or change its number first.",
        ),
    ),
    "phone_change_not_requested": ProblemText(
        404,
        Text(bn="নম্বর বদলের কোনো অনুরোধ নেই", en="No change of number was requested"),
        Text(
            bn="নম্বর বদলের কোনো অনুরোধ নেই, অথবা বদল হয়ে গেছে।",
            en="No change of number waits: none was requested, or it was made or cancelled.",
        ),
    ),
    "erasure_not_requested": ProblemText(
        404,
        Text(bn="মোছার কোনো অনুরোধ নেই", en="No erasure was requested"),
        Text(
            bn="আপনার অ্যাকাউন্ট মোছার কোনো অনুরোধ নেই। সবকিছু আগের মতো থাকবে।",
            en="Nothing will be deleted: no erasure of this account was requested, or it was "
            "cancelled.",
        ),
    ),
    "refresh_token_invalid": ProblemText(
        401,
        Text(bn="লগইন গ্রহণযোগ্য নয়", en="The login is not valid"),
        Text(bn=_LOG_IN_AGAIN_BN, en="The refresh token is not valid. Log in again."),
    ),
    "session_ended": ProblemText(
        401,
        Text(bn="আপনার লগইন শেষ হয়েছে", en="Your login has ended"),
        Text(
            bn=_LOG_IN_AGAIN_BN,
            en="The session has ended: it was logged out, has expired, or an old refresh token was "
            "used again. Log in again.",
        ),
    ),
    "signing_key_unknown": ProblemText(
        404,
        Text(bn="এই কী নেই", en="There is no such key"),
        Text(
            bn="এই নামে কোনো কী নেই। `keys list` দেখে আবার দিন।",
            en="No key has this id. Take it from `keys list`.",
        ),
    ),
    "key_rotation_under_way": ProblemText(
        409,
        Text(bn="আগের কী বদল শেষ হয়নি", en="The last rotation has not ended"),
        Text(
            bn="আগের নতুন কী এখনো কাজ শুরু করেনি। `keys list` দেখে পরে আবার চেষ্টা করুন।",
            en="A new key waits for its time to sign: see `keys list`. Try again after that.",
        ),
    ),
    "staff_login_wrong": ProblemText(
        401,
        Text(bn="লগইন হয়নি", en="The login failed"),
        Text(
            bn="ব্যবহারকারীর নাম, পাসওয়ার্ড বা দ্বিতীয় প্রমাণ মেলেনি। দেখে আবার লিখুন; অ্যাপের কোড হলে পরের "
            "কোডটি দিন। পাঁচবার ভুল হলে কিছুক্ষণ অপেক্ষা করতে হয়।",
            en="The username, the password or the second factor is wrong. Check them and try "
            "again, with the next code if it is of an app. After five wrong logins you have to "
            "wait.",
        ),
    ),
    "staff_logins_too_many": ProblemText(
        429,
        Text(bn="অনেকবার ভুল হয়েছে", en="Too many wrong logins"),
        Text(
            bn="এই নামে বা এই ইন্টারনেট সংযোগ থেকে অনেকবার ভুল লগইন হয়েছে। কিছুক্ষণ (সর্বোচ্চ ১৫ মিনিট) "
            "অপেক্ষা করে আবার চেষ্টা করুন, অথবা যে ডিভাইসে আগে লগইন করেছেন সেটি ব্যবহার করুন।",
            en="There were too many wrong logins with this username or over this internet "
            "connection. Try again in a while, 15 minutes at most, or use a device on which you "
            "have logged in before.",
        ),
    ),
    "staff_logins_busy": ProblemText(
        503,
        Text(bn="এখন অনেক লগইন চলছে", en="Too many logins at once"),
        Text(
            bn="এখন একসঙ্গে অনেকে লগইন করছেন। কয়েক সেকেন্ড পর আবার চেষ্টা করুন; অ্যাপের কোড হলে "
            "পরের কোডটি দিন।",
            en="Many people log in at this moment. Try again in a few seconds, with the next code "
            "if it is of an app.",
        ),
    ),
    "passkey_wrong": ProblemText(
        422,
        Text(bn="পাসকি গ্রহণ করা যায়নি", en="The passkey was not accepted"),
        Text(
            bn="পাসকিটি এই অনুরোধের নয়, সময় পেরিয়ে গেছে, অথবা আগে থেকেই আছে। নতুন করে শুরু করুন।",
            en="The passkey does not belong to this request, the time is over, or it is known "
            "already. Begin again.",
        ),
    ),
    "staff_password_initial": ProblemText(
        403,
        Text(bn="আগে নিজের পাসওয়ার্ড দিন", en="Choose your own password first"),
        Text(
            bn="এই পাসওয়ার্ডটি কেবল প্রথমবারের জন্য। নিজের একটি পাসওয়ার্ড বেছে নিন, তারপর লগইন হবে।",
            en="This password is an initial one. Choose your own with it, which also logs you in.",
        ),
    ),
    "staff_initial_expired": ProblemText(
        403,
        Text(bn="প্রথমবারের পাসওয়ার্ডের মেয়াদ শেষ", en="The initial password has expired"),
        Text(
            bn="এই পাসওয়ার্ড ২৪ ঘণ্টার জন্য ছিল। কর্মসূচি দপ্তরে নতুন একটি চান।",
            en="It held for 24 hours. Ask the programme for a new one.",
        ),
    ),
    "staff_account_disabled": ProblemText(
        403,
        Text(bn="অ্যাকাউন্টটি বন্ধ", en="The account is closed"),
        Text(
            bn="আপনার অ্যাকাউন্ট বন্ধ করা হয়েছে। কারণ জানতে কর্মসূচি দপ্তরে যোগাযোগ করুন।",
            en="Your account was closed. Ask the programme why.",
        ),
    ),
    "staff_account_without_role": ProblemText(
        403,
        Text(bn="আপনার কোনো দায়িত্ব এখন চালু নেই", en="You have no role today"),
        Text(
            bn="আপনার দায়িত্বের মেয়াদ শেষ, বা তা তুলে নেওয়া হয়েছে। কর্মসূচি দপ্তরে যোগাযোগ করুন।",
            en="Your role has ended, or was taken away. Ask the programme.",
        ),
    ),
    "account_of_operators": ProblemText(
        409,
        Text(bn="এই অ্যাকাউন্ট এখান থেকে বদলানো যায় না", en="This account is not changed here"),
        Text(
            bn="অপারেটরদের অ্যাকাউন্ট অপারেটরেরাই বদলান।",
            en="It has a role of an operator. Operators change it by command.",
        ),
    ),
    "own_account": ProblemText(
        403,
        Text(bn="এটি আপনার নিজের অ্যাকাউন্ট", en="This is your own account"),
        Text(
            bn="নিজের অ্যাকাউন্ট নতুন করে শুরু করা, নিজের দায়িত্ব বা নিজের কার্যালয় নিয়ে কেউ নিজে সিদ্ধান্ত নেন "
            "না। কর্মসূচির সহকর্মীদের বলুন; দুজন লাগলে একজন প্রস্তাব করেন, আরেকজন অনুমোদন করেন।",
            en="Nobody lets the own account begin again, or decides about own duties or the own "
            "office. Ask colleagues of the programme; where it takes two, one proposes it and "
            "another one approves.",
        ),
    ),
    "account_closed": ProblemText(
        409,
        Text(bn="অ্যাকাউন্টটি বন্ধ", en="The account is closed"),
        Text(
            bn="অ্যাকাউন্টটি বন্ধ, বা আজ এর কোনো ভূমিকা নেই। নতুন পাসওয়ার্ড বা অ্যাপ দিয়ে তা খোলে না।",
            en="It is closed, or has no role today. A new password or app does not open it.",
        ),
    ),
    "officer_moved": ProblemText(
        409,
        Text(bn="কর্মকর্তা এখন অন্য কার্যালয়ে", en="The officer works elsewhere now"),
        Text(
            bn="যে কার্যালয়ের জন্য দায়িত্বটি প্রস্তাব করা হয়েছিল, কর্মকর্তা আর সেখানে নেই। নাকচ করুন; দরকার হলে নতুন "
            "কার্যালয়ের জন্য প্রস্তাব করুন।",
            en="The officer has left the office for which the duty was proposed. Reject it, and if "
            "it is needed propose it for the new office.",
        ),
    ),
    "programme_too_small": ProblemText(
        409,
        Text(bn="কর্মসূচিতে তিনজন নেই", en="The programme has fewer than three people"),
        Text(
            bn="কর্মসূচির কারও নতুন করে শুরু করতে তিনজন লাগে: তিনি, যিনি প্রস্তাব করেন, আর যিনি অনুমোদন করেন। "
            "এখন প্ল্যাটফর্মের অপারেটরকে বলুন; তিনি কমান্ড দিয়ে করেন।",
            en="For one of the programme it takes three: the person, who proposes, and who "
            "approves. Ask an operator of the platform, who does it by command.",
        ),
    ),
    "proposer_left": ProblemText(
        409,
        Text(bn="প্রস্তাবকারী আর কর্মসূচিতে নেই", en="The proposer is not of the programme now"),
        Text(
            bn="যিনি প্রস্তাব করেছেন, তিনি আর কর্মসূচিতে নেই, তাই এটি অনুমোদন করা যায় না। নাকচ করুন; এখনো "
            "দরকার হলে নিজে প্রস্তাব করুন।",
            en="Whoever proposed this is not of the programme any more, so it cannot be approved. "
            "Reject it; if it is still needed, propose it yourself.",
        ),
    ),
    "rejection_without_reason": ProblemText(
        422,
        Text(bn="কারণ লেখা হয়নি", en="The reason is missing"),
        Text(
            bn="কেন নাকচ করছেন তা লিখুন; যিনি প্রস্তাব করেছেন তিনি পড়বেন।",
            en="Say why you reject it; the proposer reads it.",
        ),
    ),
    "staff_password_same": ProblemText(
        422,
        Text(bn="নতুন পাসওয়ার্ড আগেরটির মতোই", en="The new password is the one before"),
        Text(bn="অন্য একটি পাসওয়ার্ড দিন।", en="Choose another password."),
    ),
    "staff_password_common": ProblemText(
        422,
        Text(bn="পাসওয়ার্ড সহজে অনুমান করা যায়", en="The password is easy to guess"),
        Text(
            bn="পাসওয়ার্ডটি ফাঁস হওয়া বা বহুল ব্যবহৃত পাসওয়ার্ডের মতো। কয়েকটি অসংলগ্ন শব্দ দিয়ে নতুন পাসওয়ার্ড দিন।",
            en="The password is among those that were breached or are commonly used, or like them. "
            "Choose several words that do not belong together.",
        ),
    ),
    "staff_username_malformed": ProblemText(
        422,
        Text(bn="ব্যবহারকারীর নাম ঠিক নেই", en="The username is malformed"),
        Text(
            bn="৩ থেকে ৪০টি ছোট হাতের ইংরেজি অক্ষর, সংখ্যা, ডট, হাইফেন বা আন্ডারস্কোর; শুরু হবে অক্ষর দিয়ে।",
            en="3 to 40 small letters, digits, dots, hyphens or underscores, beginning with a "
            "letter.",
        ),
    ),
    "staff_username_taken": ProblemText(
        409,
        Text(bn="ব্যবহারকারীর নামটি আগে থেকেই আছে", en="The username is taken"),
        Text(bn="অন্য একটি নাম দিন।", en="Choose another username."),
    ),
    "staff_unknown": ProblemText(
        404,
        Text(bn="এই নামে কেউ নেই", en="There is nobody of this username"),
        Text(bn="নামটি আবার দেখে নিন।", en="Check the username."),
    ),
    "staff_role_unknown": ProblemText(
        422,
        Text(bn="এই নামে কোনো ভূমিকা নেই", en="There is no such role"),
        Text(bn="ভূমিকার নামটি আবার দেখে নিন।", en="Check the name of the role."),
    ),
    "text_missing": ProblemText(
        422,
        Text(bn="লেখাটি দুই ভাষায় নেই", en="A text is missing in a language"),
        Text(bn="এটি বাংলা ও ইংরেজি দুই ভাষাতেই লিখুন।", en="Write it in Bangla and in English."),
    ),
    "staff_at_other_ministry": ProblemText(
        409,
        Text(
            bn="অ্যাকাউন্টটির অন্য মন্ত্রণালয়ে ভূমিকা আছে",
            en="The account has a role at another ministry",
        ),
        Text(
            bn="আগে সেই ভূমিকা নিন, অথবা ব্যক্তিকে আরেকটি অ্যাকাউন্ট দিন।",
            en="Take that role first, or give the person a second account.",
        ),
    ),
    "staff_role_own": ProblemText(
        403,
        Text(bn="নিজের ভূমিকা নিজে বদলানো যায় না", en="Nobody changes a role of their own"),
        Text(
            bn="কর্মসূচির একজন সহকর্মী আপনাকে ভূমিকা দেন বা তা নেন।",
            en="A colleague of the programme gives you a role or takes it.",
        ),
    ),
    "staff_role_not_given_here": ProblemText(
        409,
        Text(bn="এই ভূমিকা এখানে দেওয়া বা নেওয়া যায় না", en="This role is not given or taken here"),
        Text(
            bn="কিছু ভূমিকা শুধু অপারেটর কমান্ড দিয়ে দেন। উদ্যোক্তার অ্যাকাউন্টের আর কোনো ভূমিকা হয় না।",
            en="Some roles are given by an operator's command only. An uddokta's account has no "
            "other role.",
        ),
    ),
    "staff_ministry_unknown": ProblemText(
        422,
        Text(bn="মন্ত্রণালয় ঠিক নেই", en="The ministry is not right"),
        Text(
            bn="দায়িত্বপ্রাপ্ত কর্মকর্তার জন্য তালিকার একটি মন্ত্রণালয় বা বিভাগ দিন; অপারেটরের জন্য কোনোটি নয়।",
            en="Give an officer a ministry or division of the list, and an operator none.",
        ),
    ),
    "staff_password_weak": ProblemText(
        422,
        Text(bn="পাসওয়ার্ড গ্রহণযোগ্য নয়", en="The password will not do"),
        Text(
            bn="পাসওয়ার্ড ১২ থেকে ২০০ অক্ষরের হতে হবে।",
            en="A password has 12 to 200 characters.",
        ),
    ),
}
