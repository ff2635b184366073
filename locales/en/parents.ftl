## Around every page

skip = Skip to the page
languages = Languages
news = News
write = Write to us
demo = This is a demo. Nobody here exists.
leave = Close this page for everybody on this phone
back = Back to your answers
help-title = Need help?
help-call = Ring us on { $phone }.
help-text = We can call you with an interpreter. We use the number we have for you.
help-button = Call me in my language
help-asked = We call you back. { $manager } knows that you asked.

## Coming in

enter-title = You have been asked a question
enter-lede = { $trust } asks about pictures. It takes about two minutes.
enter-who = First, is it you?
enter-text = We send a code to the e-mail or phone number we have for you. This page shows nothing until then.
enter-send = Send me the code
enter-again = Send another code
enter-sent = If we have an e-mail or phone number for you, a code is on its way.
enter-code = The code
enter-hint = Eight numbers from our message, or twelve from our letter.
enter-short = A code from a message works for ten minutes.
enter-continue = Continue
enter-wrong = This code does not work. Check it, or ask for a new one.
over-title = This page has closed
over = Open the link in our message or letter again. There you see what is saved.

## Your answers

answers-title = Your answers about pictures
answers-lede = You can change your mind on any day. You do not have to say why.
answers-empty = No child is linked to you. Write to us and we put it right.
saved = Your answers are saved.
unanswered = You have not answered for { $child } yet. Until then we cover { $child }’s face.
answer-now = Answer for { $child }
answer-change = Change my answers
answer-until = Your yes ends on { $day }. Then we ask again.
answer-ended = Your yes ended on { $day }.
said-yes = You said yes.
said-no = You said no.
named-first = The first name may stand beside it.
named-full = The whole name may stand beside it.
result-shown = The face may be shown.
result-covered = The face is covered.
result-why = Everybody we ask has to say yes. So a face can be covered after your yes.
place-news-website = Our website
place-news-social = Our social media
place-press-press = Newspapers and television
place-promotion-website = Adverts on our website
place-promotion-social = Adverts on social media
pictures-title = Pictures that show { $child }
pictures-none = No picture of { $child } is public.
picture-since = { $place }, since { $day }
picture-see = See it as everybody does
picture-down = Take this picture down
stop-title = Changed your mind?
stop-text = One press is enough. We start within a minute. { $child }’s place is safe.
stop-button = Stop showing { $child }
never-title = Never show { $child }
never-text = Then we never show { $child }, whatever anybody answers. You do not have to say why. To undo it later, talk to our safeguarding lead.
never-button = Never show { $child } anywhere
never-set = You asked us on { $day } never to show { $child }.
asked-title = { $child } is asked too
asked-text = From the age of 12 we ask { $child } as well. Every no counts.
asked-hint = Your own page closes first. { $child } then has 15 minutes.
asked-button = Hand the phone to { $child }
receipts-title = Your receipts
receipt-line = { $child }, { $day }
complaints-title = Your complaints
complaint-line = Complaint of { $day }

## The questions

question-of = Question { $number } of { $total }
save = Save my answers
no-to-all = Say no to everything
missing-title = Something is missing
missing = Question { $number } has no answer yet.
changed-title = The questions have changed
changed = Read them again, and then save. Nothing was saved.
unchecked-title = These questions are in English
unchecked = Nobody has checked them in your language yet. Ask for help before you say yes. You can always say no.
closed-title = You cannot say yes today
closed = We are writing new questions. You can still say no.

## Receipts

receipt-all = Done. We stop showing { $child }.
receipt-some = Done. Your answers for { $child } have changed.
receipt-picture = Done. We are taking this picture down.
receipt-lede = You asked on { $moment }. This page stays up to date.
receipt-number = Receipt { $number }
receipt-gone = Gone
receipt-looked = We looked on { $moment }. It was not there.
receipt-going = Being removed
receipt-by = It should be gone by { $moment }. If not, { $manager } deals with it.
receipt-hand = A person removes it by hand, by { $moment }.
receipt-word = A person removed it by hand on { $moment }. We cannot look there ourselves.
receipt-nothing = Nothing had to be removed.
receipt-stopped = { $count ->
    [one] One post was waiting to go out. It was stopped.
   *[other] { $count } posts were waiting to go out. They were stopped.
}
receipt-cannot = What we cannot call back
receipt-copies = Somebody may have saved or shared a copy. A newspaper may have printed one. We cannot remove those.
receipt-chase = Tell us where you saw it. { $manager } asks them to remove it.
receipt-not-me = Was it not you? Tell us at once.

## Complaints

complain = Make a complaint
complain-lede = Tell us what went wrong. Nobody is treated worse because of it.
complain-label = What went wrong?
complain-hint = Only the Manager and the safeguarding lead read it.
complain-send = Send my complaint
complain-empty = Write a few words about what went wrong.
complained = We have your complaint
complained-by = By { $day } at the latest we tell you that we are working on it.
complained-working = We have been working on it since { $day }.
complained-answer = Our answer
complained-more = Are you not happy with our answer? You can go to the Information Commissioner’s Office.
complained-yours = What you wrote

## Pages of somebody who answers for themselves

own-title = Pictures of you
own-lede = You can change your mind on any day. You do not have to say why.
own-unanswered = You have not answered yet. Until then we cover your face.
own-answer-now = Answer the questions
own-pictures-title = Pictures that show you
own-pictures-none = No picture of you is public.
own-stop-text = One press is enough. We start within a minute. Your place is safe.
own-stop-button = Stop showing me
own-receipt-all = Done. We stop showing you.
own-receipt-some = Done. Your answers have changed.
own-back = Back to your page
handed-before = If you said no before, it stays no here. To change it, talk to us.
handed-thanks-title = Thank you
handed-thanks = Your answers are saved. You can give the phone back now.

## Mails: no name in any of them, and nothing in a subject

mail-code-subject = Your code
mail-code = Here is your code:
mail-code-lasts = It works for ten minutes, in the browser you asked from.
mail-code-ignore = Did you not ask for it? Then do nothing. Nobody can use it without this message.
mail-receipt-subject = Your receipt
mail-receipt-all = You asked us on { $moment } to stop showing your child.
mail-receipt-some = You asked us on { $moment } to show your child less.
mail-receipt-picture = You asked us on { $moment } to take a picture down.
mail-receipt-own = You asked us on { $moment } to change what we show of you.
mail-receipt-none = No picture was public.
mail-receipt-gone = These were public, and are gone:
mail-receipt-line = { $place }: we looked on { $moment }, and it was not there
mail-receipt-word = { $place }: a person removed it by hand on { $moment }
mail-receipt-stopped = What was waiting to go out was stopped.
mail-receipt-copies = If somebody saved or shared a copy, we cannot remove it. Tell us where you saw it, and we ask them.
mail-not-you = If this was not you, tell us at once.
mail-answered-subject = We have your answers
mail-answered = On { $moment } somebody answered our questions about pictures on your page.
mail-answered-look = You can look at your answers and change them on your page, by the same link as before.
mail-invite-subject = A question about pictures
mail-hello = Hello,
mail-invite = we ask you about pictures in which your child can be seen. Here you answer, see your answers and change your mind:
mail-invite-own = we ask you about pictures in which you can be seen. Here you answer, see your answers and change your mind:
mail-invite-safe = The page shows nothing by itself. It sends a code to this address first.
mail-good = No is as good as yes. You can change your answer on any day.
mail-remind-subject = A question about pictures is still open
mail-remind = Some days ago we asked you about pictures. We have no answer yet. Until then we show no face. Here is your page:
mail-complaint-subject = Your complaint
mail-complaint-working = We have your complaint and are working on it. You find it on your page.
mail-complaint-answered = We have answered your complaint. You find the answer on your page.

## Renewing, text messages and letters

mail-renew-subject = Your answers about pictures end soon
mail-renew = your answers about pictures end soon. We ask you again, as we do every year. Here is your page:
mail-spot = thank you for your answers. Here you can always see them and change your mind:
sms-ask = May we show pictures? Answer here:
sms-remind = Your answer about pictures is still open. Answer here:
sms-renew = Your answers about pictures end soon. Answer again here:
letter-heading = May we show your child in pictures?
letter-heading-own = May we show you in pictures?
letter-why = We take pictures of our activities. You decide whether the face is shown. Until you answer, we cover it.
letter-scan = Scan the square with a phone, or type in the address.
letter-code = Type in the code.
letter-answer = Answer each question. It takes about two minutes.
letter-safe = No is as good as yes. You can change your answer on any day. If this letter no longer works, ask us for a new one.
letter-help = No phone or computer? Tell the coach. We have the same questions on paper.
letter-keep = Keep this letter to yourself. It works for sixty days.
