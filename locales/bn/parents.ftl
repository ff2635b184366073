## Around every page

skip = পাতায় যান
languages = ভাষা
news = খবর
write = আমাদের লিখুন
demo = এটি একটি নমুনা। এখানকার কেউ বাস্তবে নেই।
leave = এই ফোনে সবার জন্য এই পাতা বন্ধ করুন
back = আপনার উত্তরে ফিরে যান
help-title = সাহায্য দরকার?
help-call = আমাদের ফোন করুন: { $phone }
help-text = আমরা দোভাষী নিয়ে আপনাকে ফোন করতে পারি। আমাদের কাছে যে নম্বর আছে, তাতেই ফোন করব।
help-button = আমার ভাষায় আমাকে ফোন করুন
help-asked = আমরা আপনাকে ফোন করব। { $manager } আপনার অনুরোধ জানেন।

## Coming in

enter-title = আপনাকে একটি প্রশ্ন করা হয়েছে
enter-lede = { $trust } ছবির বিষয়ে জানতে চায়। প্রায় দুই মিনিট লাগবে।
enter-who = প্রথমে বলুন, এটি কি আপনি?
enter-text = আমাদের কাছে যে ইমেইল আছে, তাতে একটি কোড পাঠাব। তার আগে এই পাতা কিছুই দেখায় না।
enter-send = আমাকে কোড পাঠান
enter-again = আরেকটি কোড পাঠান
enter-sent = আমাদের কাছে আপনার ইমেইল থাকলে কোড পাঠানো হয়েছে।
enter-code = কোড
enter-hint = আমাদের ইমেইলের আটটি সংখ্যা, অথবা আমাদের চিঠির বারোটি।
enter-short = ইমেইলের কোড দশ মিনিট কাজ করে।
enter-continue = এগিয়ে যান
enter-wrong = এই কোড কাজ করছে না। মিলিয়ে দেখুন, বা নতুন কোড চান।

## Your answers

answers-title = ছবি নিয়ে আপনার উত্তর
answers-lede = আপনি যেকোনো দিন মত বদলাতে পারেন। কারণ বলতে হবে না।
answers-empty = আপনার সঙ্গে কোনো শিশু যুক্ত নেই। আমাদের লিখুন, আমরা ঠিক করে দেব।
saved = আপনার উত্তর রাখা হয়েছে।
unanswered = { $child }: আপনি এখনো উত্তর দেননি। ততদিন আমরা মুখ ঢেকে রাখি।
answer-now = উত্তর দিন: { $child }
answer-change = আমার উত্তর বদলান
answer-until = আপনার উত্তর { $day } পর্যন্ত থাকবে। তারপর আবার জিজ্ঞেস করব।
answer-ended = আপনার অনুমতি { $day } তারিখে শেষ হয়েছে।
said-yes = আপনি হ্যাঁ বলেছেন।
said-no = আপনি না বলেছেন।
named-first = পাশে প্রথম নাম লেখা যাবে।
named-full = পাশে পুরো নাম লেখা যাবে।
result-shown = মুখ দেখানো যাবে।
result-covered = মুখ ঢাকা আছে।
result-why = যাঁরা উত্তর দেন, সবাইকে হ্যাঁ বলতে হয়। তাই আপনার হ্যাঁ-এর পরেও মুখ ঢাকা থাকতে পারে।
place-news-website = আমাদের ওয়েবসাইট
place-news-social = আমাদের সামাজিক মাধ্যম
place-press-press = খবরের কাগজ ও টেলিভিশন
place-promotion-website = আমাদের ওয়েবসাইটে বিজ্ঞাপন
place-promotion-social = সামাজিক মাধ্যমে বিজ্ঞাপন
pictures-title = যেসব ছবিতে { $child } আছে
pictures-none = { $child }: কোনো ছবি সবার সামনে নেই।
picture-since = { $place }, { $day } থেকে
picture-see = সবাই যেমন দেখে তেমন দেখুন
picture-down = এই ছবি সরান
stop-title = মত বদলেছেন?
stop-text = একবার চাপলেই হবে। এক মিনিটের মধ্যে শুরু করি। { $child }-এর জায়গা ঠিক থাকবে।
stop-button = { $child }-কে দেখানো বন্ধ করুন
never-title = { $child }-কে কখনো দেখাবেন না
never-text = তাহলে আমরা { $child }-কে কখনো দেখাব না, কেউ যা-ই বলুক। কারণ বলতে হবে না। পরে তুলতে চাইলে আমাদের শিশু সুরক্ষার দায়িত্বে যিনি আছেন, তাঁর সঙ্গে কথা বলুন।
never-button = { $child }-কে কখনো কোথাও দেখাবেন না
never-set = { $day } তারিখে আপনি বলেছেন { $child }-কে কখনো না দেখাতে।
asked-title = { $child }-কেও জিজ্ঞেস করা হয়
asked-text = ১২ বছর থেকে আমরা { $child }-কেও জিজ্ঞেস করি। প্রতিটি না ধরা হয়।
asked-hint = আগে আপনার পাতা বন্ধ হবে। তারপর { $child }-এর ১৫ মিনিট সময়।
asked-button = { $child }-কে ফোন দিন
receipts-title = আপনার রসিদ
receipt-line = { $child }, { $day }
complaints-title = আপনার অভিযোগ
complaint-line = { $day } তারিখের অভিযোগ

## The questions

question-of = প্রশ্ন { $number }, মোট { $total }
save = আমার উত্তর রাখুন
no-to-all = সবকিছুতে না বলুন
missing-title = কিছু বাকি আছে
missing = প্রশ্ন { $number }-এর উত্তর এখনো নেই।
changed-title = প্রশ্ন বদলে গেছে
changed = আবার পড়ুন, তারপর রাখুন। কিছুই রাখা হয়নি।
unchecked-title = এই প্রশ্নগুলো ইংরেজিতে
unchecked = আপনার ভাষায় এখনো কেউ যাচাই করেননি। হ্যাঁ বলার আগে সাহায্য চান। আপনি সব সময় না বলতে পারেন।
closed-title = আজ হ্যাঁ বলা যাবে না
closed = আমরা প্রশ্নগুলো নতুন করে লিখছি। আপনি এখনো না বলতে পারেন।

## Receipts

receipt-all = হয়ে গেছে। আমরা আর { $child }-কে দেখাই না।
receipt-some = হয়ে গেছে। { $child }-এর জন্য আপনার উত্তর বদলেছে।
receipt-picture = হয়ে গেছে। আমরা এই ছবি সরাচ্ছি।
receipt-lede = আপনি বলেছেন { $moment }। এই পাতা হালনাগাদ থাকে।
receipt-number = রসিদ { $number }
receipt-gone = সরানো হয়েছে
receipt-looked = আমরা দেখেছি { $moment }। সেখানে ছিল না।
receipt-going = সরানো হচ্ছে
receipt-by = { $moment }-এর মধ্যে সরে যাওয়ার কথা। না হলে { $manager } দেখবেন।
receipt-nothing = সরানোর মতো কিছু ছিল না।
receipt-stopped = { $count ->
    [one] { $count }টি পোস্ট প্রকাশের অপেক্ষায় ছিল। তা থামানো হয়েছে।
   *[other] { $count }টি পোস্ট প্রকাশের অপেক্ষায় ছিল। সেগুলো থামানো হয়েছে।
}
receipt-cannot = যা আমরা ফেরাতে পারি না
receipt-copies = কেউ হয়তো কপি রেখেছে বা পাঠিয়েছে। কোনো কাগজ হয়তো ছেপেছে। সেগুলো আমরা সরাতে পারি না।
receipt-chase = কোথায় দেখেছেন আমাদের বলুন। { $manager } তাদের সরাতে বলবেন।
receipt-not-me = এটি কি আপনি ছিলেন না? এখনই আমাদের বলুন।

## Complaints

complain = অভিযোগ করুন
complain-lede = কী ভুল হয়েছে বলুন। আপনার বা শিশুর কিছুই বদলাবে না।
complain-label = কী ভুল হয়েছে?
complain-hint = শুধু ম্যানেজার ও শিশু সুরক্ষার দায়িত্বে যিনি আছেন, তাঁরাই পড়েন।
complain-send = আমার অভিযোগ পাঠান
complain-empty = কী ভুল হয়েছে, কয়েক কথায় লিখুন।
complained = আপনার অভিযোগ আমরা পেয়েছি
complained-by = { $day }-এর মধ্যে আমরা জানাব যে আমরা কাজ করছি।
complained-working = আমরা { $day } থেকে এটি নিয়ে কাজ করছি।
complained-answer = আমাদের উত্তর
complained-more = আমাদের উত্তরে খুশি নন? আপনি ব্রিটেনের তথ্য সুরক্ষা দপ্তরে (Information Commissioner’s Office) যেতে পারেন।
complained-yours = আপনি যা লিখেছেন

## Pages of somebody who answers for themselves

own-title = তোমার ছবি
own-lede = তুমি যেকোনো দিন মত বদলাতে পারো। কারণ বলতে হবে না।
own-unanswered = তুমি এখনো উত্তর দাওনি। ততদিন আমরা তোমার মুখ ঢেকে রাখি।
own-answer-now = প্রশ্নের উত্তর দাও
own-pictures-title = যেসব ছবিতে তুমি আছো
own-pictures-none = তোমার কোনো ছবি সবার সামনে নেই।
own-stop-text = একবার চাপলেই হবে। এক মিনিটের মধ্যে শুরু করি। তোমার জায়গা ঠিক থাকবে।
own-stop-button = আমাকে দেখানো বন্ধ করুন
own-receipt-all = হয়ে গেছে। আমরা আর তোমাকে দেখাই না।
own-receipt-some = হয়ে গেছে। তোমার উত্তর বদলেছে।
own-back = তোমার পাতায় ফিরে যাও

## Mails: no name in any of them, and nothing in a subject

mail-code-subject = আপনার কোড
mail-code = এটি আপনার কোড:
mail-code-lasts = যে ব্রাউজার থেকে চেয়েছেন, সেখানে এটি দশ মিনিট কাজ করে।
mail-code-ignore = আপনি চাননি? তাহলে কিছু করবেন না। এই বার্তা ছাড়া কেউ এটি ব্যবহার করতে পারে না।
mail-receipt-subject = আপনার রসিদ
mail-receipt-all = আপনি { $moment } আমাদের বলেছেন আপনার শিশুকে দেখানো বন্ধ করতে।
mail-receipt-some = আপনি { $moment } আমাদের বলেছেন আপনার শিশুকে কম দেখাতে।
mail-receipt-picture = আপনি { $moment } আমাদের বলেছেন একটি ছবি সরাতে।
mail-receipt-own = তুমি { $moment } আমাদের বলেছ তোমাকে কম দেখাতে।
mail-receipt-none = কোনো ছবি সবার সামনে ছিল না।
mail-receipt-gone = এগুলো সবার সামনে ছিল, এখন সরানো হয়েছে:
mail-receipt-line = { $place }: আমরা দেখেছি { $moment }, সেখানে ছিল না
mail-receipt-stopped = যা প্রকাশের অপেক্ষায় ছিল, তা থামানো হয়েছে।
mail-receipt-copies = কেউ কপি রাখলে বা পাঠালে আমরা তা সরাতে পারি না। কোথায় দেখেছেন বলুন, আমরা তাদের বলব।
mail-not-you = এটি আপনি না হলে এখনই আমাদের বলুন।
mail-answered-subject = আপনার উত্তর পেয়েছি
mail-answered = { $moment } কেউ আপনার পাতায় ছবি নিয়ে আমাদের প্রশ্নের উত্তর দিয়েছেন।
mail-answered-look = আগের লিংকেই আপনার পাতায় উত্তর দেখতে ও বদলাতে পারেন।
mail-invite-subject = ছবি নিয়ে একটি প্রশ্ন
mail-invite-hello = প্রিয় { $name },
mail-invite = আমরা সেসব ছবি নিয়ে জানতে চাই, যেখানে আপনার শিশুকে দেখা যেতে পারে। এখানে উত্তর দিন, উত্তর দেখুন, মত বদলান:
mail-invite-own = আমরা সেসব ছবি নিয়ে জানতে চাই, যেখানে তোমাকে দেখা যেতে পারে। এখানে উত্তর দাও, উত্তর দেখো, মত বদলাও:
mail-invite-safe = পাতাটি নিজে কিছু দেখায় না। আগে এই ঠিকানায় একটি কোড পাঠায়।
mail-remind-subject = ছবি নিয়ে একটি প্রশ্ন এখনো বাকি
mail-remind = কিছুদিন আগে আমরা ছবি নিয়ে জানতে চেয়েছিলাম। এখনো উত্তর পাইনি। ততদিন আমরা মুখ দেখাই না। এটি আপনার পাতা:
mail-complaint-subject = আপনার অভিযোগ
mail-complaint-working = আপনার অভিযোগ আমরা পেয়েছি এবং কাজ করছি। এটি আপনার পাতায় আছে।
mail-complaint-answered = আমরা আপনার অভিযোগের উত্তর দিয়েছি। উত্তর আপনার পাতায় আছে।
