"""The problems with papers: while they are uploaded, in the locker, and in an application."""

from libs.contracts.language import Text
from libs.contracts.problem_texts.shape import ProblemText

PROBLEMS = {
    "document_too_large": ProblemText(
        413,
        Text(bn="ফাইলটি অনেক বড়", en="The file is too large"),
        Text(
            bn="একটি ফাইল সর্বোচ্চ ২০ মেগাবাইট হতে পারে। ছোট করে অথবা কম রেজোলিউশনে ছবি তুলে আবার দিন।",
            en="A file may have at most 20 MB. Make it smaller, or take the photo at a lower "
            "resolution, and send it again.",
        ),
    ),
    "document_empty": ProblemText(
        422,
        Text(bn="ফাইলটি খালি", en="The file is empty"),
        Text(
            bn="ফাইলে কিছু নেই। ছবি বা পিডিএফটি আবার বেছে নিন।",
            en="There is nothing in the file. Choose the photo or PDF again.",
        ),
    ),
    "document_missing": ProblemText(
        422,
        Text(bn="ফাইল দেওয়া হয়নি", en="No file was given"),
        Text(
            bn="অন্তত একটি ছবি বা পিডিএফ দিন, আর কাগজের ধরন (kind) লিখুন।",
            en="Give at least one photo or PDF as `file`, and say in `kind` what the paper is.",
        ),
    ),
    "document_type_unknown": ProblemText(
        422,
        Text(bn="এই ধরনের ফাইল নেওয়া যায় না", en="This kind of file is not taken"),
        Text(
            bn="JPEG, PNG, HEIC বা WebP ছবি, অথবা পিডিএফ দিন। ফাইলের নাম নয়, ভেতরের তথ্য দেখা হয়।",
            en="Give a photo (JPEG, PNG, HEIC, WebP) or a PDF. The content counts, not the name.",
        ),
    ),
    "document_unreadable": ProblemText(
        422,
        Text(bn="ফাইলটি খোলা যায়নি", en="The file cannot be opened"),
        Text(
            bn="ফাইলটি নষ্ট বা অসম্পূর্ণ। আবার ছবি তুলুন, অথবা পিডিএফটি নতুন করে তৈরি করে দিন।",
            en="The file is damaged or not complete. Take the photo again, or make the PDF again.",
        ),
    ),
    "document_encrypted": ProblemText(
        422,
        Text(bn="পিডিএফে পাসওয়ার্ড দেওয়া আছে", en="The PDF has a password"),
        Text(
            bn="পাসওয়ার্ড ছাড়া পিডিএফটি খোলা যায় না। পাসওয়ার্ড তুলে আবার দিন।",
            en="It cannot be opened without its password. Remove the password and send it again.",
        ),
    ),
    "document_no_pdf": ProblemText(
        422,
        Text(bn="ফাইলটি পিডিএফ নয়", en="The file is no PDF"),
        Text(bn="পিডিএফ বানিয়ে আবার দিন।", en="Make a PDF of it and send it again."),
    ),
    "own_paper_too_large": ProblemText(
        413,
        Text(bn="পিডিএফটি অনেক বড়", en="The PDF is too large"),
        Text(
            bn="কার্যালয়ের নিজের পিডিএফ সর্বোচ্চ ৫ মেগাবাইট হতে পারে। ছোট করে আবার দিন।",
            en="An office's own PDF may have at most 5 MB. Make it smaller, and send it again.",
        ),
    ),
    "document_active": ProblemText(
        422,
        Text(bn="পিডিএফে এমন কিছু আছে যা চলে", en="The PDF has active parts"),
        Text(
            bn="স্ক্রিপ্ট, বাইরের লিংক, সংযুক্ত ফাইল, ভিডিও বা XFA ফর্ম ছাড়া পিডিএফ বানিয়ে আবার দিন।",
            en="Make it without scripts, links that lead out, attached files, multimedia and XFA "
            "forms, and send it again.",
        ),
    ),
    "document_too_many_pages": ProblemText(
        422,
        Text(bn="পৃষ্ঠা অনেক বেশি", en="Too many pages"),
        Text(
            bn="একটি কাগজে সর্বোচ্চ ৪০ পৃষ্ঠা থাকতে পারে। প্রয়োজনীয় পৃষ্ঠাগুলোই দিন।",
            en="A paper may have at most 40 pages. Give only the pages that are needed.",
        ),
    ),
    "document_too_many_pixels": ProblemText(
        422,
        Text(bn="ছবিটি অনেক বড়", en="The photo is too large"),
        Text(
            bn="ছবি সর্বোচ্চ ৫ কোটি পিক্সেলের (৫০ মেগাপিক্সেল) হতে পারে। কম রেজোলিউশনে তুলে আবার দিন।",
            en="A photo may have at most 50 megapixels. Take it at a lower resolution.",
        ),
    ),
    "document_too_demanding": ProblemText(
        422,
        Text(bn="ফাইলটি নেওয়া যায়নি", en="The file could not be processed"),
        Text(
            bn="ফাইলটি খুলতে অনেক বেশি সময় বা মেমরি লাগে। কাগজটির ছবি তুলে দিন।",
            en="Opening the file takes too much time or memory. Send a photo of the paper instead.",
        ),
    ),
    "files_refused_too_often": ProblemText(
        429,
        Text(bn="আজ আর ফাইল নেওয়া যাচ্ছে না", en="No more files can be taken today"),
        Text(
            bn="আপনার দেওয়া অনেকগুলো ফাইল খোলা যায়নি। আগামীকাল কাগজটির ছবি তুলে দিন।",
            en="Too many of the files that you sent could not be opened. Send a photo of the paper "
            "tomorrow.",
        ),
    ),
    "document_infected": ProblemText(
        422,
        Text(bn="ফাইলে ভাইরাস পাওয়া গেছে", en="A virus was found in the file"),
        Text(
            bn="ফাইলটি রাখা হয়নি। অন্য ডিভাইস থেকে দিন, অথবা কাগজটির ছবি তুলে দিন।",
            en="The file was not kept. Send it from another device, or send a photo of the paper.",
        ),
    ),
    "document_damaged": ProblemText(
        422,
        Text(bn="কাগজটি পড়া যাচ্ছে না", en="The paper cannot be read"),
        Text(
            bn="আমাদের কাছে রাখা কাগজটি নষ্ট হয়েছে। কাগজটি আবার দিন; আমাদের কর্মীরা জেনেছেন।",
            en="What we have stored of the paper is damaged. Give the paper again; our staff have "
            "been told.",
        ),
    ),
    "upload_bytes_used": ProblemText(
        429,
        Text(bn="এই ঘণ্টায় অনেক বেশি পাঠানো হয়েছে", en="Too much was sent in this hour"),
        Text(
            bn="এক ঘণ্টায় সর্বোচ্চ ৫০০ মেগাবাইট পাঠানো যায়, মুছে ফেলা ফাইলসহ। পরের ঘণ্টায় আবার পাঠান; "
            "যতটুকু পৌঁছেছে তা রাখা আছে।",
            en="At most 500 MB can be sent in an hour, deleted files included. Go on in the next "
            "hour; what has arrived is kept.",
        ),
    ),
    "document_unknown": ProblemText(
        404,
        Text(bn="কাগজটি পাওয়া যায়নি", en="Unknown paper"),
        Text(
            bn="এই নম্বরে এখানে কোনো কাগজ নেই, অথবা সেটি মুছে ফেলা হয়েছে।",
            en="There is no paper with this id here, or it has been deleted.",
        ),
    ),
    "document_not_asked": ProblemText(
        422,
        Text(bn="এই সেবায় এমন কাগজ লাগে না", en="The service asks for no such paper"),
        Text(
            bn="ক্ষমতাপত্রে যে সেবা, তার ফরমে যেসব কাগজ চাওয়া হয়, শুধু সেগুলো দেওয়া যায়।",
            en="Only papers that the form of the mandate's service asks for can be uploaded.",
        ),
    ),
    "document_link_ended": ProblemText(
        404,
        Text(bn="লিংকটি আর চলে না", en="The link has ended"),
        Text(
            bn="কাগজের লিংক ১৫ মিনিট চলে, আর কাগজ মুছে ফেলা হলে চলে না। নতুন লিংক নিন; কর্মকর্তা আবেদনের "
            "পাতা থেকে কাগজটি আবার খুলুন।",
            en="A link to a paper is valid for 15 minutes, and not after the paper was deleted. A "
            "ministry fetches it with its own key instead; an officer opens it again from the "
            "page of the case.",
        ),
    ),
    "locker_full": ProblemText(
        422,
        Text(bn="কাগজ রাখার জায়গা নেই", en="The locker is full"),
        Text(
            bn="একসঙ্গে সর্বোচ্চ ২০০টি কাগজ ও ২০টি অসম্পূর্ণ আপলোড রাখা যায়। অপ্রয়োজনীয় কাগজ মুছে দিন; "
            "মোছা কাগজ তিন দিন পর্যন্ত, আর আবেদনে লাগলে তার শেষ পর্যন্ত, হিসাবে থাকে।",
            en="At most 200 papers and 20 uploads are kept at once. Delete what you do not need; a "
            "deleted paper counts for three days, or as long as an application needs it.",
        ),
    ),
    "upload_unknown": ProblemText(
        404,
        Text(bn="আপলোডটি পাওয়া যায়নি", en="Unknown upload"),
        Text(
            bn="আপলোডটি নেই বা তার মেয়াদ শেষ। ফাইলটি নতুন করে আপলোড করুন।",
            en="There is no such upload, or it has expired. Begin a new one.",
        ),
    ),
    "upload_incomplete": ProblemText(
        409,
        Text(bn="আপলোড শেষ হয়নি", en="The upload is not complete"),
        Text(
            bn="ফাইলের বাকি অংশ পাঠান, তারপর আবার চেষ্টা করুন।",
            en="Send the rest of the file, and then try again.",
        ),
    ),
    "upload_used": ProblemText(
        409,
        Text(bn="আপলোডটি আগেই ব্যবহার করা হয়েছে", en="The upload is used for another paper"),
        Text(
            bn="এই আপলোডগুলোর অন্তত একটি দিয়ে আগেই একটি কাগজ তৈরি হয়েছে, সেটি আপনার কাগজের তালিকায় "
            "আছে। আরেকটি কাগজের জন্য ফাইলগুলো নতুন করে আপলোড করুন।",
            en="A paper was made of at least one of these uploads before; it is among your papers. "
            "For another paper upload the files again.",
        ),
    ),
    "upload_offset_wrong": ProblemText(
        409,
        Text(bn="আপলোডের অবস্থান মেলেনি", en="The offset of the upload is wrong"),
        Text(
            bn="কতটুকু জমা হয়েছে তা HEAD দিয়ে জেনে সেখান থেকে পাঠান।",
            en="Ask with HEAD how much has arrived (Upload-Offset), and go on from there.",
        ),
    ),
    "upload_header_wrong": ProblemText(
        400,
        Text(bn="আপলোডের শিরোনাম ঠিক নেই", en="A header of the upload is wrong"),
        Text(
            bn="Upload-Length, Upload-Offset ও Upload-Metadata tus 1.0 অনুযায়ী পাঠান।",
            en="Send Upload-Length, Upload-Offset and Upload-Metadata as tus 1.0 says.",
        ),
    ),
    "upload_media_type": ProblemText(
        415,
        Text(bn="তথ্যের ধরন গ্রহণযোগ্য নয়", en="Unsupported media type"),
        Text(
            bn="আপলোডের অংশ application/offset+octet-stream হিসেবে, আর ফরম multipart/form-data "
            "হিসেবে পাঠান।",
            en="Send pieces of an upload as application/offset+octet-stream, and forms as "
            "multipart/form-data.",
        ),
    ),
    "upload_version": ProblemText(
        412,
        Text(bn="tus সংস্করণ মেলেনি", en="Another version of tus"),
        Text(
            bn="Tus-Resumable: 1.0.0 শিরোনামটি পাঠান।",
            en="Send the header Tus-Resumable: 1.0.0.",
        ),
    ),
}
