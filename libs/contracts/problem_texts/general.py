"""The problems that any service may answer with."""

from libs.contracts.language import Text
from libs.contracts.problem_texts.shape import ProblemText

PROBLEMS = {
    "not_found": ProblemText(
        404,
        Text(bn="পাওয়া যায়নি", en="Not found"),
        Text(
            bn="এই ঠিকানায় কিছু নেই। ঠিকানাটি আবার দেখে নিন।",
            en="There is nothing at this address. Check it and try again.",
        ),
    ),
    "method_not_allowed": ProblemText(
        405,
        Text(bn="এই পদ্ধতি চলে না", en="Method not allowed"),
        Text(
            bn="এই ঠিকানায় এ ধরনের অনুরোধ করা যায় না।",
            en="This address does not take this kind of request.",
        ),
    ),
    "not_json": ProblemText(
        400,
        Text(bn="অনুরোধ পড়া যায়নি", en="The request cannot be read"),
        Text(
            bn="অনুরোধের মূল অংশ সঠিক JSON নয়। ঠিক করে আবার পাঠান।",
            en="The body is not valid JSON (RFC 8259). Correct it and send it again.",
        ),
    ),
    "too_deep": ProblemText(
        400,
        Text(bn="অনুরোধ পড়া যায়নি", en="The request cannot be read"),
        Text(
            bn="অনুরোধে তথ্যের স্তর অনেক বেশি। সরল করে আবার পাঠান।",
            en="The body is nested too deeply. Simplify it and send it again.",
        ),
    ),
    "control_character": ProblemText(
        422,
        Text(bn="লেখায় অদৃশ্য চিহ্ন আছে", en="The text has a control character"),
        Text(
            bn="লেখায় এমন অদৃশ্য চিহ্ন আছে যা রাখা যায় না। মুছে আবার লিখুন।",
            en="The text holds a control character that cannot be kept. Type it again.",
        ),
    ),
    "unsupported_media_type": ProblemText(
        415,
        Text(bn="তথ্যের ধরন গ্রহণযোগ্য নয়", en="Unsupported media type"),
        Text(
            bn="অনুরোধ application/json হিসেবে পাঠান।",
            en="Send the body as application/json.",
        ),
    ),
    "body_too_large": ProblemText(
        413,
        Text(bn="অনুরোধ অনেক বড়", en="The request is too large"),
        Text(
            bn="একটি অনুরোধ সর্বোচ্চ ৬৪ কিলোবাইট হতে পারে।",
            en="A request may have at most 64 KiB.",
        ),
    ),
    "body_late": ProblemText(
        408,
        Text(bn="অনুরোধ সময়মতো পুরোটা আসেনি", en="The request did not arrive in time"),
        Text(
            bn="অনুরোধের মূল অংশ পুরোটা আসার আগেই সময় শেষ হয়েছে। আবার পাঠান।",
            en="The body was not complete when the time was over. Send the request again.",
        ),
    ),
    "wrong_shape": ProblemText(
        422,
        Text(bn="কিছু তথ্য ঠিক নেই", en="Some of the data is not right"),
        Text(
            bn="চিহ্নিত ঘরগুলো ঠিক করে আবার পাঠান।",
            en="Correct the fields listed under `errors` and send the request again.",
        ),
    ),
    "token_missing": ProblemText(
        401,
        Text(bn="লগইন প্রয়োজন", en="Login needed"),
        Text(
            bn="এই কাজের জন্য আগে লগইন করুন।",
            en="Log in first and send the access token as a Bearer token (RFC 6750).",
        ),
    ),
    "token_invalid": ProblemText(
        401,
        Text(bn="লগইন গ্রহণযোগ্য নয়", en="The login is not valid"),
        Text(bn="আবার লগইন করুন।", en="The access token is not valid. Log in again."),
    ),
    "token_expired": ProblemText(
        401,
        Text(bn="লগইনের মেয়াদ শেষ", en="The login has expired"),
        Text(
            bn="আবার লগইন করুন।",
            en="The access token has expired. Use the refresh token, or log in again.",
        ),
    ),
    "idempotency_key_missing": ProblemText(
        400,
        Text(bn="Idempotency-Key নেই", en="Idempotency-Key is missing"),
        Text(
            bn="আবেদন যেন একবারই জমা হয়, সে জন্য Idempotency-Key হেডার দিন।",
            en="Send an Idempotency-Key header, so that a repeated click applies only once.",
        ),
    ),
    "idempotency_key_malformed": ProblemText(
        400,
        Text(bn="Idempotency-Key ঠিক নেই", en="Idempotency-Key is malformed"),
        Text(
            bn="Idempotency-Key ১ থেকে ২০০টি দৃশ্যমান ASCII অক্ষরের হতে হবে।",
            en="Idempotency-Key must have 1 to 200 visible ASCII characters.",
        ),
    ),
    "idempotency_key_reused": ProblemText(
        422,
        Text(bn="Idempotency-Key আগে ব্যবহৃত", en="Idempotency-Key was used before"),
        Text(
            bn="এই Idempotency-Key অন্য একটি অনুরোধে ব্যবহৃত হয়েছে। নতুন অনুরোধে নতুন key দিন।",
            en="This Idempotency-Key belongs to another request. Use a new key for a new request.",
        ),
    ),
    "signature_invalid": ProblemText(
        401,
        Text(bn="স্বাক্ষর সঠিক নয়", en="The signature is not valid"),
        Text(
            bn="বার্তার স্বাক্ষর মেলেনি।",
            en="The message's signature or its time does not match (Standard Webhooks).",
        ),
    ),
    "too_many_requests": ProblemText(
        429,
        Text(bn="অনেক বেশি অনুরোধ", en="Too many requests"),
        Text(
            bn="কিছুক্ষণ পর আবার চেষ্টা করুন।",
            en="Try again in a while.",
        ),
    ),
    "unavailable": ProblemText(
        503,
        Text(bn="সেবা সাময়িকভাবে বন্ধ", en="Not available just now"),
        Text(
            bn="কিছুক্ষণ পর আবার চেষ্টা করুন। আগে জমা দেওয়া সবকিছু নিরাপদ আছে।",
            en="Try again after a short while. Whatever was accepted before is safe.",
        ),
    ),
    "record_damaged": ProblemText(
        500,
        Text(bn="সংরক্ষিত তথ্যটি পড়া যাচ্ছে না", en="What is stored cannot be read"),
        Text(
            bn="আমাদের কাছে রাখা এই তথ্যটি নষ্ট হয়েছে। আমাদের কর্মীরা জেনেছেন; "
            "আবার চেষ্টা করে লাভ নেই। জরুরি হলে trace_id জানিয়ে সহায়তা নিন।",
            en="What we have stored of this is damaged. Our staff have been told; trying again "
            "does not help. If it is urgent, quote the trace_id to support.",
        ),
    ),
    "internal": ProblemText(
        500,
        Text(bn="আমাদের ত্রুটি", en="Our mistake"),
        Text(
            bn="আমাদের দিকে একটি ত্রুটি হয়েছে। আবার চেষ্টা করুন; না হলে trace_id জানিয়ে সহায়তা নিন।",
            en="Something failed on our side. Try again, or quote the trace_id to support.",
        ),
    ),
}
