## Around every page

skip = الانتقال إلى الصفحة
languages = اللغات
news = الأخبار
write = اكتبوا إلينا
demo = هذه نسخة للعرض. لا أحد هنا موجود في الحقيقة.
leave = أغلقوا هذه الصفحة للجميع على هذا الهاتف
back = العودة إلى إجاباتكم
help-title = هل تحتاجون إلى مساعدة؟
help-call = اتصلوا بنا على الرقم { $phone }.
help-text = يمكننا أن نتصل بكم مع مترجم. نتصل على الرقم الموجود لدينا.
help-button = اتصلوا بي بلغتي
help-asked = سنتصل بكم. { $manager } على علم بطلبكم.

## Coming in

enter-title = لدينا سؤال لكم
enter-lede = { $trust } تسأل عن الصور. يستغرق ذلك دقيقتين تقريبًا.
enter-who = أولًا: هل هذا أنتم؟
enter-text = نرسل رمزًا إلى البريد الإلكتروني أو رقم الهاتف الموجود لدينا. حتى ذلك الحين لا تعرض هذه الصفحة شيئًا.
enter-send = أرسلوا لي الرمز
enter-again = أرسلوا رمزًا آخر
enter-sent = إذا كان بريدكم أو رقم هاتفكم لدينا، فالرمز في الطريق إليكم.
enter-code = الرمز
enter-hint = ثمانية أرقام من رسالتنا القصيرة أو الإلكترونية، أو اثنا عشر رقمًا من رسالتنا الورقية.
enter-short = الرمز الذي نرسله صالح عشر دقائق.
enter-continue = متابعة
enter-wrong = هذا الرمز لا يعمل. تأكدوا منه أو اطلبوا رمزًا جديدًا.
over-title = أُغلقت هذه الصفحة
over = افتحوا الرابط في رسالتنا مرة أخرى. هناك ترون ما تم حفظه.

## Your answers

answers-title = إجاباتكم عن الصور
answers-lede = يمكنكم تغيير رأيكم في أي يوم. لا حاجة إلى ذكر السبب.
answers-empty = لا يوجد طفل مسجل معكم. اكتبوا إلينا وسنصحح ذلك.
saved = تم حفظ إجاباتكم.
unanswered = { $child }: لم تجيبوا بعد. حتى ذلك الحين نغطي الوجه.
answer-now = الإجابة عن الأسئلة: { $child }
answer-change = تغيير إجاباتي
answer-until = تنتهي الموافقة في { $day }. بعد ذلك نسأل من جديد.
answer-ended = انتهت موافقتكم في { $day }.
said-yes = قلتم نعم.
said-no = قلتم لا.
named-first = يمكن كتابة الاسم الأول بجانبها.
named-full = يمكن كتابة الاسم الكامل بجانبها.
result-shown = يمكن إظهار الوجه.
result-covered = الوجه مغطى.
result-why = يجب أن يوافق كل من نسألهم. لذلك قد يبقى الوجه مغطى بعد موافقتكم.
place-news-website = موقعنا
place-news-social = صفحاتنا على وسائل التواصل
place-press-press = الصحف والتلفزيون
place-promotion-website = إعلانات على موقعنا
place-promotion-social = إعلانات على وسائل التواصل
pictures-title = صور { $child }
pictures-none = { $child }: لا توجد صورة منشورة.
picture-since = { $place }، منذ { $day }
picture-see = كما يراها الجميع
picture-down = أزيلوا هذه الصورة
stop-title = هل غيرتم رأيكم؟
stop-text = ضغطة واحدة تكفي. نبدأ خلال دقيقة. المكان محفوظ: { $child }.
stop-button = أوقفوا العرض: { $child }
never-title = عدم العرض أبدًا: { $child }
never-text = عندئذ لا نعرض صور { $child } أبدًا، حتى لو قال أحد نعم. لا حاجة إلى ذكر السبب. لإلغاء ذلك لاحقًا تحدثوا مع مسؤول حماية الأطفال لدينا.
never-button = عدم العرض أبدًا في أي مكان: { $child }
never-set = طلبتم منا في { $day } عدم العرض أبدًا: { $child }.
asked-title = نسأل الطفل أيضًا: { $child }
asked-text = من سن 12 عامًا نسأل الطفل أيضًا: { $child }. كل «لا» لها قيمتها.
asked-hint = تُغلق صفحتكم أولًا. ثم تبقى 15 دقيقة للطفل: { $child }.
asked-button = تسليم الهاتف إلى { $child }
receipts-title = إيصالاتكم
receipt-line = { $child }، { $day }
complaints-title = شكاواكم
complaint-line = شكوى بتاريخ { $day }

## The questions

question-of = السؤال { $number } من { $total }
save = حفظ إجاباتي
no-to-all = الإجابة «لا» عن كل شيء
missing-title = هناك شيء ناقص
missing = السؤال { $number } ليس له إجابة بعد.
changed-title = تغيرت الأسئلة
changed = اقرؤوها من جديد ثم احفظوا. لم يُحفظ شيء.
unchecked-title = هذه الأسئلة بالإنجليزية
unchecked = لم يراجعها أحد بلغتكم بعد. اطلبوا المساعدة قبل قول نعم. يمكنكم دائمًا قول لا.
closed-title = لا يمكنكم قول نعم اليوم
closed = نكتب الأسئلة من جديد. ما زال بإمكانكم قول لا.

## Receipts

receipt-all = تم. نتوقف عن عرض صور { $child }.
receipt-some = تم. تغيرت إجاباتكم: { $child }.
receipt-picture = تم. نحن نزيل هذه الصورة.
receipt-lede = طلبتم ذلك في { $moment }. هذه الصفحة محدثة دائمًا.
receipt-number = إيصال { $number }
receipt-gone = أُزيلت
receipt-looked = تحققنا في { $moment }. لم تكن هناك.
receipt-going = تجري إزالتها
receipt-by = يُفترض أن تُزال قبل { $moment }. وإلا فالأمر لدى { $manager }.
receipt-hand = يزيلها شخص بنفسه قبل { $moment }.
receipt-word = أزالها شخص بنفسه في { $moment }. لا يمكننا أن نتحقق هناك.
receipt-nothing = لم يكن هناك ما يُزال.
receipt-stopped = { $count ->
    [zero] لم يكن أي منشور ينتظر النشر.
    [one] كان منشور واحد ينتظر النشر. تم إيقافه.
    [two] كان منشوران ينتظران النشر. تم إيقافهما.
    [few] كانت { $count } منشورات تنتظر النشر. تم إيقافها.
    [many] كان { $count } منشورًا ينتظر النشر. تم إيقافها.
   *[other] كان { $count } منشور ينتظر النشر. تم إيقافها.
}
receipt-cannot = ما لا يمكننا استعادته
receipt-copies = ربما حفظ أحد نسخة أو شاركها. وربما طبعتها صحيفة. لا يمكننا إزالة هذه النسخ.
receipt-chase = أخبرونا أين رأيتموها. سيُطلب حذفها، والمسؤول عن ذلك { $manager }.
receipt-not-me = ألم يكن هذا أنتم؟ أخبرونا فورًا.

## Complaints

complain = تقديم شكوى
complain-lede = أخبرونا ما الخطأ الذي حدث. لن يُعامَل أحد معاملة أسوأ بسبب ذلك.
complain-label = ما الخطأ الذي حدث؟
complain-hint = لا يقرؤها إلا المدير ومسؤول حماية الأطفال.
complain-send = إرسال الشكوى
complain-empty = اكتبوا بضع كلمات عما حدث.
complained = وصلتنا شكواكم
complained-by = سنخبركم في موعد أقصاه { $day } بأننا نعمل عليها.
complained-working = نعمل عليها منذ { $day }.
complained-answer = جوابنا
complained-more = ألا يكفيكم جوابنا؟ يمكنكم التوجه إلى هيئة حماية البيانات البريطانية (Information Commissioner’s Office).
complained-yours = ما كتبتموه

## Pages of somebody who answers for themselves

own-title = صورك
own-lede = يمكنك تغيير رأيك في أي يوم. لا حاجة إلى ذكر السبب.
own-unanswered = لم تصلنا إجابتك بعد. حتى ذلك الحين نغطي وجهك.
own-answer-now = الإجابة عن الأسئلة
own-pictures-title = صوري المنشورة
own-pictures-none = لا توجد صورة منشورة لك.
own-stop-text = ضغطة واحدة تكفي. نبدأ خلال دقيقة. مكانك محفوظ.
own-stop-button = أوقفوا عرض صوري
own-receipt-all = تم. لم نعد نعرض صورك.
own-receipt-some = تم. تغيرت إجاباتك.
own-back = العودة إلى صفحتك
handed-before = إذا كانت الإجابة «لا» من قبل فهي تبقى «لا» هنا. لتغييرها يمكن التحدث معنا.
handed-thanks-title = شكرًا
handed-thanks = حُفظت الإجابات. يمكن الآن إعادة الهاتف.

## Mails: no name in any of them, and nothing in a subject

mail-code-subject = الرمز
mail-code = هذا هو الرمز:
mail-code-lasts = هو صالح عشر دقائق، في المتصفح الذي طُلب منه.
mail-code-ignore = ألم تطلبوه؟ إذن لا تفعلوا شيئًا. لا يمكن لأحد استخدامه من دون هذه الرسالة.
mail-receipt-subject = الإيصال
mail-receipt-all = طلبتم منا في { $moment } التوقف عن عرض طفلكم.
mail-receipt-some = طلبتم منا في { $moment } أن نعرض طفلكم أقل.
mail-receipt-picture = طلبتم منا في { $moment } إزالة صورة.
mail-receipt-own = وصلنا طلبك في { $moment } أن نعرض صورك أقل.
mail-receipt-none = لم تكن هناك صورة منشورة.
mail-receipt-gone = كانت هذه منشورة وقد أُزيلت:
mail-receipt-line = { $place }: تحققنا في { $moment } ولم تكن هناك
mail-receipt-word = { $place }: أزالها شخص بنفسه في { $moment }
mail-receipt-stopped = تم إيقاف ما كان ينتظر النشر.
mail-receipt-copies = إذا حفظ أحد نسخة أو شاركها فلا يمكننا إزالتها. أخبرونا أين رأيتموها وسنطلب إزالتها.
mail-not-you = إذا لم يكن هذا أنتم فأخبرونا فورًا.
mail-answered-subject = وصلتنا إجاباتكم
mail-answered = في { $moment } أجاب أحد على صفحتكم عن أسئلتنا حول الصور.
mail-answered-look = يمكنكم رؤية إجاباتكم وتغييرها على صفحتكم، بالرابط نفسه.
mail-invite-subject = سؤال عن الصور
mail-hello = مرحبًا،
mail-invite = نسألكم عن صور قد يظهر فيها طفلكم. هنا يمكنكم الإجابة ورؤية إجاباتكم وتغيير رأيكم:
mail-invite-own = نسألك عن صور قد تظهر فيها. هنا يمكنك الإجابة ورؤية إجاباتك وتغيير رأيك:
mail-invite-safe = الصفحة نفسها لا تعرض شيئًا. ترسل أولًا رمزًا إلى هذا العنوان.
mail-good = الإجابة «لا» جيدة مثل «نعم». يمكنكم تغيير الإجابة في أي يوم.
mail-remind-subject = سؤال عن الصور ما زال مفتوحًا
mail-remind = سألناكم قبل أيام عن الصور. لم تصلنا إجابة بعد. حتى ذلك الحين لا نعرض الوجه. هذه هي الصفحة:
mail-complaint-subject = شكواكم
mail-complaint-working = وصلتنا شكواكم ونعمل عليها. تجدونها على صفحتكم.
mail-complaint-answered = أجبنا عن شكواكم. تجدون الجواب على صفحتكم.

## Renewing, text messages and letters

mail-renew-subject = إجاباتكم عن الصور تنتهي قريبًا
mail-renew = إجاباتكم عن الصور تنتهي قريبًا. نسألكم من جديد كما في كل عام. هذه هي الصفحة:
mail-spot = شكرًا على إجاباتكم. هنا يمكنكم دائمًا رؤيتها وتغيير رأيكم:
sms-ask = هل يمكننا عرض الصور؟ أجيبوا هنا:
sms-remind = ما زلنا ننتظر إجابتكم عن الصور. أجيبوا هنا:
sms-renew = إجاباتكم عن الصور تنتهي قريبًا. أجيبوا من جديد هنا:
letter-heading = هل يمكننا عرض صور طفلكم؟
letter-heading-own = هل يمكننا عرض صورك؟
letter-why = نلتقط صورًا في أنشطتنا. القرار بإظهار الوجه لكم. حتى وصول الإجابة نغطيه.
letter-scan = امسحوا المربع بالهاتف أو اكتبوا العنوان.
letter-code = اكتبوا الرمز.
letter-answer = أجيبوا عن كل سؤال. يستغرق ذلك دقيقتين تقريبًا.
letter-safe = الإجابة «لا» جيدة مثل «نعم». يمكنكم تغيير الإجابة في أي يوم. إذا لم تعد هذه الرسالة صالحة فاطلبوا منا رسالة جديدة.
letter-help = لا هاتف ولا حاسوب؟ أخبروا المدرب. لدينا الأسئلة نفسها على الورق.
letter-keep = احتفظوا بهذه الرسالة لأنفسكم. وهي صالحة ستين يومًا.
