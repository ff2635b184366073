## Around every page

skip = Przejdź do treści strony
languages = Języki
news = Aktualności
write = Napisz do nas
demo = To jest wersja pokazowa. Te osoby nie istnieją.
leave = Zamknij tę stronę dla wszystkich na tym telefonie
back = Wróć do odpowiedzi
help-title = Potrzebna pomoc?
help-call = Nasz telefon: { $phone }.
help-text = Możemy zadzwonić z tłumaczem. Zadzwonimy na numer, który mamy.
help-button = Zadzwońcie do mnie w moim języku
help-asked = Oddzwonimy. { $manager } wie o tej prośbie.

## Coming in

enter-title = Mamy do Państwa pytanie
enter-lede = { $trust } pyta o zdjęcia. To potrwa około dwóch minut.
enter-who = Najpierw: czy to Państwo?
enter-text = Wyślemy kod na e-mail lub numer telefonu, który mamy. Do tego czasu ta strona niczego nie pokazuje.
enter-send = Wyślijcie mi kod
enter-again = Wyślijcie nowy kod
enter-sent = Jeśli mamy Państwa e-mail lub numer telefonu, kod jest już w drodze.
enter-code = Kod
enter-hint = Osiem cyfr z naszej wiadomości lub dwanaście z naszego listu.
enter-short = Kod z wiadomości działa przez dziesięć minut.
enter-continue = Dalej
enter-wrong = Ten kod nie działa. Proszę go sprawdzić albo poprosić o nowy.
over-title = Ta strona została zamknięta
over = Proszę ponownie otworzyć link z naszej wiadomości lub listu. Tam widać, co jest zapisane.

## Your answers

answers-title = Państwa odpowiedzi w sprawie zdjęć
answers-lede = Mogą Państwo zmienić zdanie każdego dnia. Nie trzeba mówić dlaczego.
answers-empty = Nie mamy przy Państwa nazwisku żadnego dziecka. Proszę do nas napisać, a to poprawimy.
saved = Odpowiedzi są zapisane.
unanswered = { $child }: nie mamy jeszcze Państwa odpowiedzi. Do tego czasu zakrywamy twarz.
answer-now = Odpowiedz na pytania: { $child }
answer-change = Zmień odpowiedzi
answer-until = Zgoda jest ważna do { $day }. Potem zapytamy ponownie.
answer-ended = Zgoda skończyła się { $day }.
said-yes = Odpowiedź: tak.
said-no = Odpowiedź: nie.
named-first = Obok może stać imię.
named-full = Obok może stać imię i nazwisko.
result-shown = Twarz może być pokazana.
result-covered = Twarz jest zakryta.
result-why = Wszyscy, których pytamy, muszą się zgodzić. Dlatego twarz może być zakryta mimo zgody.
place-news-website = Nasza strona internetowa
place-news-social = Nasze media społecznościowe
place-press-press = Gazety i telewizja
place-promotion-website = Reklama na naszej stronie
place-promotion-social = Reklama w mediach społecznościowych
pictures-title = Zdjęcia, na których jest { $child }
pictures-none = { $child }: żadne zdjęcie nie jest publiczne.
picture-since = { $place }, od { $day }
picture-see = Zobacz to tak, jak widzą inni
picture-down = Usuńcie to zdjęcie
stop-title = Zmiana zdania?
stop-text = Wystarczy jedno naciśnięcie. Zaczynamy w ciągu minuty. { $child } nadal ma miejsce na zajęciach.
stop-button = Nie pokazujcie więcej: { $child }
never-title = Nigdy nie pokazywać: { $child }
never-text = Wtedy nigdy nie pokażemy: { $child }, nawet jeśli ktoś powie „tak”. Nie trzeba mówić dlaczego. Aby to cofnąć, proszę porozmawiać z osobą odpowiedzialną za ochronę dzieci.
never-button = Nigdy i nigdzie nie pokazujcie: { $child }
never-set = Prośba z dnia { $day }: nigdy nie pokazywać: { $child }.
asked-title = Pytamy też dziecko: { $child }
asked-text = Gdy { $child } ma 12 lat lub więcej, pytamy też dziecko. Każde „nie” się liczy.
asked-hint = Najpierw zamknie się Państwa strona. Potem { $child } ma 15 minut.
asked-button = Przekaż telefon: { $child }
receipts-title = Państwa potwierdzenia
receipt-line = { $child }, { $day }
complaints-title = Państwa skargi
complaint-line = Skarga z dnia { $day }

## The questions

question-of = Pytanie { $number } z { $total }
save = Zapisz moje odpowiedzi
no-to-all = Odpowiedz „nie” na wszystko
missing-title = Czegoś brakuje
missing = Na pytanie { $number } nie ma jeszcze odpowiedzi.
changed-title = Pytania się zmieniły
changed = Proszę przeczytać je ponownie i zapisać. Nic nie zostało zapisane.
unchecked-title = Te pytania są po angielsku
unchecked = Nikt jeszcze nie sprawdził ich w Państwa języku. Przed zgodą proszę poprosić o pomoc. Zawsze można powiedzieć „nie”.
closed-title = Dziś nie można się zgodzić
closed = Piszemy pytania od nowa. Nadal można powiedzieć „nie”.

## Receipts

receipt-all = Gotowe. Przestajemy pokazywać: { $child }.
receipt-some = Gotowe. Odpowiedzi zostały zmienione: { $child }.
receipt-picture = Gotowe. Usuwamy to zdjęcie.
receipt-lede = Prośba z dnia { $moment }. Ta strona jest stale aktualna.
receipt-number = Potwierdzenie { $number }
receipt-gone = Usunięte
receipt-looked = Sprawdziliśmy { $moment }. Już tego nie było.
receipt-going = W trakcie usuwania
receipt-by = Powinno zniknąć do { $moment }. Jeśli nie, zajmie się tym { $manager }.
receipt-hand = Człowiek usunie to ręcznie do { $moment }.
receipt-word = Człowiek usunął to ręcznie { $moment }. Sami nie możemy tam zajrzeć.
receipt-nothing = Nic nie trzeba było usuwać.
receipt-stopped = { $count ->
    [one] Jeden wpis czekał na publikację. Został zatrzymany.
    [few] { $count } wpisy czekały na publikację. Zostały zatrzymane.
    [many] { $count } wpisów czekało na publikację. Zostały zatrzymane.
   *[other] { $count } wpisu czekało na publikację. Zostały zatrzymane.
}
receipt-cannot = Czego nie możemy cofnąć
receipt-copies = Ktoś mógł zapisać lub udostępnić kopię. Gazeta mogła ją wydrukować. Tych kopii nie możemy usunąć.
receipt-chase = Proszę napisać, gdzie jest kopia. { $manager } poprosi o jej usunięcie.
receipt-not-me = To nie była Państwa prośba? Proszę od razu dać nam znać.

## Complaints

complain = Złóż skargę
complain-lede = Proszę napisać, co poszło źle. Nikt nie zostanie przez to gorzej potraktowany.
complain-label = Co poszło źle?
complain-hint = Czyta to tylko kierownik i osoba odpowiedzialna za ochronę dzieci.
complain-send = Wyślij skargę
complain-empty = Proszę napisać kilka słów o tym, co poszło źle.
complained = Mamy Państwa skargę
complained-by = Najpóźniej { $day } napiszemy, że się nią zajmujemy.
complained-working = Zajmujemy się nią od { $day }.
complained-answer = Nasza odpowiedź
complained-more = Odpowiedź nie wystarcza? Można zwrócić się do brytyjskiego urzędu ochrony danych (Information Commissioner’s Office).
complained-yours = Treść skargi

## Pages of somebody who answers for themselves

own-title = Zdjęcia ze mną
own-lede = Zdanie można zmienić każdego dnia. Nie trzeba mówić dlaczego.
own-unanswered = Nie mamy jeszcze odpowiedzi. Do tego czasu zakrywamy twarz.
own-answer-now = Odpowiedz na pytania
own-pictures-title = Zdjęcia, na których mnie widać
own-pictures-none = Żadne zdjęcie nie jest publiczne.
own-stop-text = Wystarczy jedno naciśnięcie. Zaczynamy w ciągu minuty. Miejsce na zajęciach pozostaje.
own-stop-button = Nie pokazujcie mnie więcej
own-receipt-all = Gotowe. Przestajemy pokazywać twarz.
own-receipt-some = Gotowe. Odpowiedzi są zmienione.
own-back = Wróć do swojej strony
handed-before = Jeśli wcześniej padło „nie”, tutaj nadal jest „nie”. Aby to zmienić, porozmawiaj z nami.
handed-thanks-title = Dziękujemy
handed-thanks = Odpowiedzi są zapisane. Możesz już oddać telefon.

## Mails: no name in any of them, and nothing in a subject

mail-code-subject = Kod
mail-code = Oto kod:
mail-code-lasts = Działa przez dziesięć minut, w przeglądarce, z której wysłano prośbę.
mail-code-ignore = To nie Państwa prośba? Nie trzeba nic robić. Bez tej wiadomości nikt nie użyje kodu.
mail-receipt-subject = Potwierdzenie
mail-receipt-all = Prośba z dnia { $moment }: nie pokazywać więcej Państwa dziecka.
mail-receipt-some = Prośba z dnia { $moment }: pokazywać Państwa dziecko mniej.
mail-receipt-picture = Prośba z dnia { $moment }: usunąć zdjęcie.
mail-receipt-own = Prośba z dnia { $moment }: mniej zdjęć z tobą.
mail-receipt-none = Żadne zdjęcie nie było publiczne.
mail-receipt-gone = To było publiczne i zostało usunięte:
mail-receipt-line = { $place }: sprawdziliśmy { $moment } i już tego nie było
mail-receipt-word = { $place }: człowiek usunął to ręcznie { $moment }
mail-receipt-stopped = To, co czekało na publikację, zostało zatrzymane.
mail-receipt-copies = Jeśli ktoś zapisał lub udostępnił kopię, nie możemy jej usunąć. Proszę napisać, gdzie ona jest, a poprosimy o jej usunięcie.
mail-not-you = Jeśli to nie była Państwa prośba, proszę od razu dać nam znać.
mail-answered-subject = Mamy odpowiedzi
mail-answered = { $moment } ktoś odpowiedział na Państwa stronie na nasze pytania o zdjęcia.
mail-answered-look = Odpowiedzi można zobaczyć i zmienić na swojej stronie, pod tym samym linkiem co wcześniej.
mail-invite-subject = Pytanie o zdjęcia
mail-hello = Dzień dobry,
mail-invite = pytamy o zdjęcia, na których może być widać Państwa dziecko. Tutaj można odpowiedzieć, zobaczyć odpowiedzi i zmienić zdanie:
mail-invite-own = pytamy o zdjęcia, na których możesz być ty. Tutaj możesz odpowiedzieć, zobaczyć odpowiedzi i zmienić zdanie:
mail-invite-safe = Ta strona sama niczego nie pokazuje. Najpierw wysyła kod na ten adres.
mail-good = „Nie” jest tak samo dobre jak „tak”. Odpowiedź można zmienić każdego dnia.
mail-remind-subject = Pytanie o zdjęcia jest wciąż otwarte
mail-remind = Kilka dni temu wysłaliśmy pytania o zdjęcia. Nie mamy jeszcze odpowiedzi. Do tego czasu nie pokazujemy twarzy. Oto strona:
mail-complaint-subject = Państwa skarga
mail-complaint-working = Mamy Państwa skargę i zajmujemy się nią. Jest ona na Państwa stronie.
mail-complaint-answered = Odpowiedzieliśmy na Państwa skargę. Odpowiedź jest na Państwa stronie.

## Renewing, text messages and letters

mail-renew-subject = Odpowiedzi o zdjęciach wkrótce wygasną
mail-renew = odpowiedzi o zdjęciach wkrótce wygasną. Pytamy ponownie, jak co roku. Oto strona:
mail-spot = dziękujemy za odpowiedzi. Tutaj zawsze można je zobaczyć i zmienić zdanie:
sms-ask = Czy możemy pokazywać zdjęcia? Odpowiedź tutaj:
sms-remind = Czekamy na odpowiedź w sprawie zdjęć. Odpowiedź tutaj:
sms-renew = Odpowiedzi o zdjęciach wkrótce wygasną. Prosimy odpowiedzieć ponownie:
letter-heading = Czy możemy pokazywać Państwa dziecko na zdjęciach?
letter-heading-own = Czy możemy pokazywać cię na zdjęciach?
letter-why = Robimy zdjęcia na naszych zajęciach. To Państwa decyzja, czy twarz będzie widoczna. Do czasu odpowiedzi ją zakrywamy.
letter-scan = Proszę zeskanować kwadrat telefonem albo wpisać adres.
letter-code = Proszę wpisać kod.
letter-answer = Proszę odpowiedzieć na każde pytanie. To potrwa około dwóch minut.
letter-safe = „Nie” jest tak samo dobre jak „tak”. Odpowiedź można zmienić każdego dnia. Gdy ten list przestanie działać, można poprosić nas o nowy.
letter-help = Nie ma telefonu ani komputera? Proszę powiedzieć trenerowi. Mamy te same pytania na papierze.
letter-keep = Proszę nikomu nie dawać tego listu. Działa przez sześćdziesiąt dni.
