## Around every page

skip = صفحے پر جائیں
languages = زبانیں
news = خبریں
write = ہمیں لکھیں
demo = یہ ایک نمونہ ہے۔ یہاں کوئی اصل شخص نہیں۔
leave = اس فون پر یہ صفحہ سب کے لیے بند کریں
back = اپنے جوابوں پر واپس جائیں
help-title = مدد چاہیے؟
help-call = ہمیں اس نمبر پر فون کریں: { $phone }
help-text = ہم ترجمان کے ساتھ آپ کو فون کر سکتے ہیں۔ ہم اُس نمبر پر فون کریں گے جو ہمارے پاس ہے۔
help-button = مجھے میری زبان میں فون کریں
help-asked = ہم آپ کو واپس فون کریں گے۔ { $manager } کو آپ کی درخواست کا علم ہے۔

## Coming in

enter-title = آپ سے ایک سوال پوچھا گیا ہے
enter-lede = { $trust } تصویروں کے بارے میں پوچھ رہا ہے۔ اس میں تقریباً دو منٹ لگتے ہیں۔
enter-who = پہلے یہ بتائیں: کیا یہ آپ ہیں؟
enter-text = ہم اُس ای میل پر کوڈ بھیجیں گے جو ہمارے پاس ہے۔ اُس وقت تک یہ صفحہ کچھ نہیں دکھاتا۔
enter-send = مجھے کوڈ بھیجیں
enter-again = ایک اور کوڈ بھیجیں
enter-sent = اگر ہمارے پاس آپ کی ای میل ہے تو کوڈ بھیج دیا گیا ہے۔
enter-code = کوڈ
enter-hint = ہماری ای میل کے آٹھ ہندسے، یا ہمارے خط کے بارہ ہندسے۔
enter-short = ای میل کا کوڈ دس منٹ تک کام کرتا ہے۔
enter-continue = آگے جائیں
enter-wrong = یہ کوڈ کام نہیں کرتا۔ اسے دوبارہ دیکھیں، یا نیا کوڈ منگوائیں۔

## Your answers

answers-title = تصویروں کے بارے میں آپ کے جواب
answers-lede = آپ کسی بھی دن اپنا ارادہ بدل سکتے ہیں۔ وجہ بتانا ضروری نہیں۔
answers-empty = آپ کے ساتھ کوئی بچہ درج نہیں۔ ہمیں لکھیں، ہم اسے درست کر دیں گے۔
saved = آپ کے جواب محفوظ ہو گئے ہیں۔
unanswered = { $child }: آپ نے ابھی جواب نہیں دیا۔ اُس وقت تک ہم چہرہ ڈھانپتے ہیں۔
answer-now = جواب دیں: { $child }
answer-change = اپنے جواب بدلیں
answer-until = آپ کے جواب { $day } تک ہیں۔ پھر ہم دوبارہ پوچھیں گے۔
answer-ended = آپ کی اجازت { $day } کو ختم ہو گئی۔
said-yes = آپ نے ہاں کہا۔
said-no = آپ نے نہیں کہا۔
named-first = ساتھ پہلا نام لکھا جا سکتا ہے۔
named-full = ساتھ پورا نام لکھا جا سکتا ہے۔
result-shown = چہرہ دکھایا جا سکتا ہے۔
result-covered = چہرہ ڈھکا ہوا ہے۔
result-why = جواب دینے والے ہر شخص کا ہاں کہنا ضروری ہے۔ اس لیے آپ کی ہاں کے بعد بھی چہرہ ڈھکا ہو سکتا ہے۔
place-news-website = ہماری ویب سائٹ
place-news-social = ہمارا سوشل میڈیا
place-press-press = اخبار اور ٹیلی ویژن
place-promotion-website = ہماری ویب سائٹ پر اشتہار
place-promotion-social = سوشل میڈیا پر اشتہار
pictures-title = وہ تصویریں جن میں { $child } ہے
pictures-none = { $child }: کوئی تصویر عام لوگوں کے سامنے نہیں۔
picture-since = { $place }، { $day } سے
picture-see = ویسے دیکھیں جیسے سب دیکھتے ہیں
picture-down = یہ تصویر ہٹائیں
stop-title = ارادہ بدل گیا؟
stop-text = ایک بار دبانا کافی ہے۔ ہم ایک منٹ کے اندر شروع کرتے ہیں۔ { $child } کی جگہ محفوظ ہے۔
stop-button = { $child } کو دکھانا بند کریں
never-title = { $child } کو کبھی نہ دکھائیں
never-text = پھر ہم { $child } کو کبھی نہیں دکھائیں گے، چاہے کوئی کچھ بھی جواب دے۔ وجہ بتانا ضروری نہیں۔ بعد میں اسے ختم کرنا ہو تو بچوں کے تحفظ کے ہمارے ذمہ دار سے بات کریں۔
never-button = { $child } کو کبھی کہیں نہ دکھائیں
never-set = آپ نے { $day } کو ہم سے کہا کہ { $child } کو کبھی نہ دکھائیں۔
asked-title = { $child } سے بھی پوچھا جاتا ہے
asked-text = بارہ سال کی عمر سے ہم { $child } سے بھی پوچھتے ہیں۔ ہر نہیں گنی جاتی ہے۔
asked-hint = پہلے آپ کا اپنا صفحہ بند ہو گا۔ پھر { $child } کے پاس پندرہ منٹ ہیں۔
asked-button = فون { $child } کو دیں
receipts-title = آپ کی رسیدیں
receipt-line = { $child }، { $day }
complaints-title = آپ کی شکایتیں
complaint-line = شکایت، { $day }

## The questions

question-of = سوال { $number } از { $total }
save = میرے جواب محفوظ کریں
no-to-all = ہر سوال پر نہیں کہیں
missing-title = کچھ رہ گیا ہے
missing = سوال { $number } کا ابھی جواب نہیں ہے۔
changed-title = سوال بدل گئے ہیں
changed = انہیں دوبارہ پڑھیں اور پھر محفوظ کریں۔ کچھ محفوظ نہیں ہوا۔
unchecked-title = یہ سوال انگریزی میں ہیں
unchecked = آپ کی زبان میں ابھی کسی نے انہیں نہیں جانچا۔ ہاں کہنے سے پہلے مدد مانگیں۔ نہیں آپ ہر وقت کہہ سکتے ہیں۔
closed-title = آج آپ ہاں نہیں کہہ سکتے
closed = ہم سوال نئے سرے سے لکھ رہے ہیں۔ نہیں آپ اب بھی کہہ سکتے ہیں۔

## Receipts

receipt-all = ہو گیا۔ اب ہم { $child } کو نہیں دکھاتے۔
receipt-some = ہو گیا۔ { $child } کے لیے آپ کے جواب بدل گئے ہیں۔
receipt-picture = ہو گیا۔ ہم یہ تصویر ہٹا رہے ہیں۔
receipt-lede = آپ نے { $moment } پر کہا۔ یہ صفحہ تازہ رہتا ہے۔
receipt-number = رسید { $number }
receipt-gone = ہٹ گئی
receipt-looked = ہم نے { $moment } پر دیکھا۔ وہ وہاں نہیں تھی۔
receipt-going = ہٹائی جا رہی ہے
receipt-by = اسے { $moment } تک ہٹ جانا چاہیے۔ ورنہ { $manager } خود دیکھیں گے۔
receipt-nothing = ہٹانے کے لیے کچھ نہیں تھا۔
receipt-stopped = { $count ->
    [one] ایک پوسٹ شائع ہونے والی تھی۔ اسے روک دیا گیا۔
   *[other] { $count } پوسٹیں شائع ہونے والی تھیں۔ انہیں روک دیا گیا۔
}
receipt-cannot = جو ہم واپس نہیں لا سکتے
receipt-copies = ہو سکتا ہے کسی نے نقل رکھ لی ہو یا آگے بھیجی ہو۔ ہو سکتا ہے کسی اخبار نے چھاپی ہو۔ وہ ہم نہیں ہٹا سکتے۔
receipt-chase = ہمیں بتائیں کہ آپ نے کہاں دیکھی۔ { $manager } اُن سے ہٹانے کو کہیں گے۔
receipt-not-me = کیا یہ آپ نہیں تھے؟ ہمیں فوراً بتائیں۔

## Complaints

complain = شکایت کریں
complain-lede = ہمیں بتائیں کہ کیا غلط ہوا۔ اس سے آپ کے یا بچے کے لیے کچھ نہیں بدلتا۔
complain-label = کیا غلط ہوا؟
complain-hint = اسے صرف منیجر اور بچوں کے تحفظ کے ذمہ دار پڑھتے ہیں۔
complain-send = میری شکایت بھیجیں
complain-empty = چند لفظوں میں لکھیں کہ کیا غلط ہوا۔
complained = آپ کی شکایت ہمیں مل گئی ہے
complained-by = زیادہ سے زیادہ { $day } تک ہم آپ کو بتائیں گے کہ ہم اس پر کام کر رہے ہیں۔
complained-working = ہم { $day } سے اس پر کام کر رہے ہیں۔
complained-answer = ہمارا جواب
complained-more = ہمارے جواب سے مطمئن نہیں؟ آپ برطانیہ کے ڈیٹا کے ادارے (Information Commissioner’s Office) کے پاس جا سکتے ہیں۔
complained-yours = آپ نے کیا لکھا

## Pages of somebody who answers for themselves

own-title = آپ کی تصویریں
own-lede = آپ کسی بھی دن اپنا ارادہ بدل سکتے ہیں۔ وجہ بتانا ضروری نہیں۔
own-unanswered = آپ نے ابھی جواب نہیں دیا۔ اُس وقت تک ہم آپ کا چہرہ ڈھانپتے ہیں۔
own-answer-now = سوالوں کے جواب دیں
own-pictures-title = وہ تصویریں جن میں آپ ہیں
own-pictures-none = آپ کی کوئی تصویر عام لوگوں کے سامنے نہیں۔
own-stop-text = ایک بار دبانا کافی ہے۔ ہم ایک منٹ کے اندر شروع کرتے ہیں۔ آپ کی جگہ محفوظ ہے۔
own-stop-button = مجھے دکھانا بند کریں
own-receipt-all = ہو گیا۔ اب ہم آپ کو نہیں دکھاتے۔
own-receipt-some = ہو گیا۔ آپ کے جواب بدل گئے ہیں۔
own-back = اپنے صفحے پر واپس جائیں

## Mails: no name in any of them, and nothing in a subject

mail-code-subject = آپ کا کوڈ
mail-code = یہ آپ کا کوڈ ہے:
mail-code-lasts = یہ دس منٹ تک کام کرتا ہے، اُسی براؤزر میں جس سے آپ نے مانگا۔
mail-code-ignore = آپ نے نہیں مانگا؟ تو کچھ نہ کریں۔ اس پیغام کے بغیر کوئی اسے استعمال نہیں کر سکتا۔
mail-receipt-subject = آپ کی رسید
mail-receipt-all = آپ نے { $moment } پر ہم سے کہا کہ آپ کے بچے کو دکھانا بند کریں۔
mail-receipt-some = آپ نے { $moment } پر ہم سے کہا کہ آپ کے بچے کو کم دکھائیں۔
mail-receipt-picture = آپ نے { $moment } پر ہم سے کہا کہ ایک تصویر ہٹائیں۔
mail-receipt-own = آپ نے { $moment } پر ہم سے کہا کہ آپ کو کم دکھائیں۔
mail-receipt-none = کوئی تصویر عام لوگوں کے سامنے نہیں تھی۔
mail-receipt-gone = یہ سب کے سامنے تھیں، اور اب ہٹ گئی ہیں:
mail-receipt-line = { $place }: ہم نے { $moment } پر دیکھا، وہ وہاں نہیں تھی
mail-receipt-stopped = جو شائع ہونے والا تھا، اسے روک دیا گیا۔
mail-receipt-copies = اگر کسی نے نقل رکھی یا آگے بھیجی ہے تو ہم اسے نہیں ہٹا سکتے۔ ہمیں بتائیں کہ کہاں دیکھی، ہم اُن سے کہیں گے۔
mail-not-you = اگر یہ آپ نہیں تھے تو ہمیں فوراً بتائیں۔
mail-answered-subject = ہمیں آپ کے جواب مل گئے ہیں
mail-answered = { $moment } پر کسی نے آپ کے صفحے پر تصویروں کے سوالوں کے جواب دیے۔
mail-answered-look = آپ اپنے جواب اپنے صفحے پر دیکھ اور بدل سکتے ہیں، اُسی لنک سے۔
mail-invite-subject = تصویروں کے بارے میں ایک سوال
mail-invite-hello = محترم { $name }،
mail-invite = ہم اُن تصویروں کے بارے میں پوچھتے ہیں جن میں آپ کا بچہ نظر آ سکتا ہے۔ یہاں آپ جواب دیں، جواب دیکھیں اور ارادہ بدلیں:
mail-invite-own = ہم اُن تصویروں کے بارے میں پوچھتے ہیں جن میں آپ نظر آ سکتے ہیں۔ یہاں آپ جواب دیں، جواب دیکھیں اور ارادہ بدلیں:
mail-invite-safe = یہ صفحہ خود کچھ نہیں دکھاتا۔ پہلے یہ اس پتے پر کوڈ بھیجتا ہے۔
mail-remind-subject = تصویروں کے سوال کا جواب ابھی باقی ہے
mail-remind = کچھ دن پہلے ہم نے آپ سے تصویروں کے بارے میں پوچھا تھا۔ ابھی کوئی جواب نہیں ملا۔ اُس وقت تک ہم چہرہ نہیں دکھاتے۔ یہ آپ کا صفحہ ہے:
mail-complaint-subject = آپ کی شکایت
mail-complaint-working = آپ کی شکایت ہمیں مل گئی ہے اور ہم اس پر کام کر رہے ہیں۔ وہ آپ کے صفحے پر ہے۔
mail-complaint-answered = ہم نے آپ کی شکایت کا جواب دے دیا ہے۔ جواب آپ کے صفحے پر ہے۔
