## Around every page

skip = Treceți la pagină
languages = Limbi
news = Noutăți
write = Scrieți-ne
demo = Aceasta este o demonstrație. Aceste persoane nu există.
leave = Închideți această pagină pentru toți pe acest telefon
back = Înapoi la răspunsuri
help-title = Aveți nevoie de ajutor?
help-call = Sunați-ne la { $phone }.
help-text = Vă putem suna cu un interpret. Folosim numărul pe care îl avem.
help-button = Sunați-mă în limba mea
help-asked = Vă sunăm înapoi. { $manager } știe că ați cerut.

## Coming in

enter-title = Vi s-a pus o întrebare
enter-lede = { $trust } vă întreabă despre fotografii. Durează cam două minute.
enter-who = Mai întâi, sunteți dumneavoastră?
enter-text = Trimitem un cod la e-mailul sau numărul de telefon pe care îl avem. Până atunci, pagina nu arată nimic.
enter-send = Trimiteți-mi codul
enter-again = Trimiteți alt cod
enter-sent = Dacă avem e-mailul sau numărul dumneavoastră, codul este pe drum.
enter-code = Codul
enter-hint = Opt cifre din mesajul nostru sau douăsprezece din scrisoarea noastră.
enter-short = Un cod din mesaj este bun zece minute.
enter-continue = Continuați
enter-wrong = Acest cod nu este bun. Verificați-l sau cereți altul.
over-title = Această pagină s-a închis
over = Deschideți din nou linkul din mesajul sau scrisoarea noastră. Acolo vedeți ce este salvat.

## Your answers

answers-title = Răspunsurile dumneavoastră despre fotografii
answers-lede = Vă puteți răzgândi în orice zi. Nu trebuie să spuneți de ce.
answers-empty = Niciun copil nu este legat de dumneavoastră. Scrieți-ne și îndreptăm.
saved = Răspunsurile sunt salvate.
unanswered = { $child }: nu avem încă răspunsul dumneavoastră. Până atunci acoperim fața.
answer-now = Răspundeți pentru { $child }
answer-change = Schimbați răspunsurile
answer-until = Acordul este bun până la { $day }. Apoi întrebăm din nou.
answer-ended = Acordul s-a încheiat la { $day }.
said-yes = Ați spus da.
said-no = Ați spus nu.
named-first = Prenumele poate sta alături.
named-full = Numele întreg poate sta alături.
result-shown = Fața poate fi arătată.
result-covered = Fața este acoperită.
result-why = Toți cei întrebați trebuie să spună da. De aceea o față poate fi acoperită și după un da.
place-news-website = Site-ul nostru
place-news-social = Rețelele noastre sociale
place-press-press = Ziare și televiziune
place-promotion-website = Reclame pe site-ul nostru
place-promotion-social = Reclame pe rețelele sociale
pictures-title = Fotografii în care apare { $child }
pictures-none = { $child }: nicio fotografie nu este publică.
picture-since = { $place }, din { $day }
picture-see = Vedeți-o așa cum o văd toți
picture-down = Ștergeți această fotografie
stop-title = V-ați răzgândit?
stop-text = Ajunge o apăsare. Începem într-un minut. { $child } își păstrează locul.
stop-button = Nu mai arătați: { $child }
never-title = Nu arătați niciodată: { $child }
never-text = Atunci nu arătăm niciodată: { $child }, chiar dacă cineva spune da. Nu trebuie să spuneți de ce. Ca să schimbați asta, vorbiți cu persoana noastră care răspunde de protecția copiilor.
never-button = Nu arătați niciodată, nicăieri: { $child }
never-set = Ați cerut la { $day } să nu arătăm niciodată: { $child }.
asked-title = Întrebăm și copilul: { $child }
asked-text = De la 12 ani întrebăm și copilul: { $child }. Fiecare „nu” contează.
asked-hint = Mai întâi se închide pagina dumneavoastră. Apoi { $child } are 15 minute.
asked-button = Dați telefonul mai departe: { $child }
receipts-title = Confirmările dumneavoastră
receipt-line = { $child }, { $day }
complaints-title = Plângerile dumneavoastră
complaint-line = Plângerea din { $day }

## The questions

question-of = Întrebarea { $number } din { $total }
save = Salvați răspunsurile mele
no-to-all = Spun nu la tot
missing-title = Lipsește ceva
missing = Întrebarea { $number } nu are încă răspuns.
changed-title = Întrebările s-au schimbat
changed = Citiți-le din nou și apoi salvați. Nu s-a salvat nimic.
unchecked-title = Aceste întrebări sunt în engleză
unchecked = Nimeni nu le-a verificat încă în limba dumneavoastră. Cereți ajutor înainte de a spune da. Puteți spune nu oricând.
closed-title = Astăzi nu puteți spune da
closed = Scriem întrebările din nou. Puteți spune nu în continuare.

## Receipts

receipt-all = Gata. Nu vom mai arăta: { $child }.
receipt-some = Gata. Răspunsurile s-au schimbat: { $child }.
receipt-picture = Gata. Ștergem această fotografie.
receipt-lede = Ați cerut la { $moment }. Această pagină este mereu la zi.
receipt-number = Confirmarea { $number }
receipt-gone = Ștearsă
receipt-looked = Am verificat la { $moment }. Nu mai era acolo.
receipt-going = Se șterge
receipt-by = Ar trebui să dispară până la { $moment }. Dacă nu, se ocupă { $manager }.
receipt-hand = Cineva o șterge manual până la { $moment }.
receipt-word = Cineva a șters-o manual la { $moment }. Noi nu putem verifica acolo.
receipt-nothing = Nu a fost nimic de șters.
receipt-stopped = { $count ->
    [one] O postare aștepta să fie publicată. A fost oprită.
    [few] { $count } postări așteptau să fie publicate. Au fost oprite.
   *[other] { $count } de postări așteptau să fie publicate. Au fost oprite.
}
receipt-cannot = Ce nu putem lua înapoi
receipt-copies = Cineva poate a salvat sau a trimis o copie. Un ziar poate a tipărit-o. Pe acelea nu le putem șterge.
receipt-chase = Spuneți-ne unde ați văzut-o. { $manager } le cere să o șteargă.
receipt-not-me = Nu ați fost dumneavoastră? Spuneți-ne imediat.

## Complaints

complain = Faceți o plângere
complain-lede = Spuneți-ne ce nu a mers bine. Nimeni nu va fi tratat mai rău din cauza asta.
complain-label = Ce nu a mers bine?
complain-hint = O citesc doar directorul și persoana care răspunde de protecția copiilor.
complain-send = Trimiteți plângerea
complain-empty = Scrieți câteva cuvinte despre ce nu a mers bine.
complained = Avem plângerea dumneavoastră
complained-by = Cel târziu la { $day } vă spunem că lucrăm la ea.
complained-working = Lucrăm la ea din { $day }.
complained-answer = Răspunsul nostru
complained-more = Răspunsul nu vă mulțumește? Vă puteți adresa autorității britanice pentru date (Information Commissioner’s Office).
complained-yours = Ce ați scris

## Pages of somebody who answers for themselves

own-title = Fotografii cu mine
own-lede = Răspunsul poate fi schimbat în orice zi. Nu trebuie spus de ce.
own-unanswered = Nu avem încă un răspuns. Până atunci acoperim fața.
own-answer-now = Spre întrebări
own-pictures-title = Fotografii în care apar
own-pictures-none = Nicio fotografie nu este publică.
own-stop-text = Ajunge o apăsare. Începem într-un minut. Locul este păstrat.
own-stop-button = Nu mă mai arătați
own-receipt-all = Gata. Nu vom mai arăta fața.
own-receipt-some = Gata. Răspunsurile s-au schimbat.
own-back = Înapoi la pagina mea
handed-before = Dacă ai spus „nu” înainte, aici rămâne „nu”. Ca să schimbi, vorbește cu noi.
handed-thanks-title = Mulțumim
handed-thanks = Răspunsurile sunt salvate. Acum poți da telefonul înapoi.

## Mails: no name in any of them, and nothing in a subject

mail-code-subject = Codul
mail-code = Acesta este codul:
mail-code-lasts = Este bun zece minute, în browserul din care a fost cerut.
mail-code-ignore = Nu l-ați cerut? Atunci nu faceți nimic. Nimeni nu îl poate folosi fără acest mesaj.
mail-receipt-subject = Confirmare
mail-receipt-all = Ne-ați cerut la { $moment } să nu vă mai arătăm copilul.
mail-receipt-some = Ne-ați cerut la { $moment } să vă arătăm copilul mai puțin.
mail-receipt-picture = Ne-ați cerut la { $moment } să ștergem o fotografie.
mail-receipt-own = Ne-ai cerut la { $moment } să te arătăm mai puțin.
mail-receipt-none = Nicio fotografie nu era publică.
mail-receipt-gone = Acestea erau publice și au fost șterse:
mail-receipt-line = { $place }: am verificat la { $moment } și nu mai era acolo
mail-receipt-word = { $place }: cineva a șters-o manual la { $moment }
mail-receipt-stopped = Ce aștepta să fie publicat a fost oprit.
mail-receipt-copies = Dacă cineva a salvat sau a trimis o copie, nu o putem șterge. Spuneți-ne unde ați văzut-o și cerem să fie ștearsă.
mail-not-you = Dacă nu ați fost dumneavoastră, spuneți-ne imediat.
mail-answered-subject = Avem răspunsurile
mail-answered = La { $moment } cineva a răspuns pe pagina dumneavoastră la întrebările noastre despre fotografii.
mail-answered-look = Puteți vedea și schimba răspunsurile pe pagina dumneavoastră, cu același link ca înainte.
mail-invite-subject = O întrebare despre fotografii
mail-hello = Bună ziua,
mail-invite = vă întrebăm despre fotografii în care se poate vedea copilul dumneavoastră. Aici răspundeți, vedeți răspunsurile și vă puteți răzgândi:
mail-invite-own = te întrebăm despre fotografii în care poți apărea. Aici răspunzi, vezi răspunsurile și te poți răzgândi:
mail-invite-safe = Pagina nu arată nimic de una singură. Mai întâi trimite un cod la această adresă.
mail-good = Răspunsul „nu” este la fel de bun ca „da”. Puteți schimba răspunsul în orice zi.
mail-remind-subject = O întrebare despre fotografii este încă deschisă
mail-remind = Acum câteva zile v-am întrebat despre fotografii. Nu avem încă răspuns. Până atunci nu arătăm nicio față. Aceasta este pagina:
mail-complaint-subject = Plângerea dumneavoastră
mail-complaint-working = Avem plângerea dumneavoastră și lucrăm la ea. O găsiți pe pagina dumneavoastră.
mail-complaint-answered = Am răspuns la plângerea dumneavoastră. Găsiți răspunsul pe pagina dumneavoastră.

## Renewing, text messages and letters

mail-renew-subject = Răspunsurile despre fotografii expiră curând
mail-renew = răspunsurile despre fotografii expiră curând. Vă întrebăm din nou, ca în fiecare an. Aceasta este pagina:
mail-spot = vă mulțumim pentru răspunsuri. Aici le puteți vedea oricând și vă puteți răzgândi:
sms-ask = Putem arăta fotografii? Răspundeți aici:
sms-remind = Așteptăm răspunsul despre fotografii. Răspundeți aici:
sms-renew = Răspunsurile despre fotografii expiră curând. Răspundeți din nou aici:
letter-heading = Putem arăta copilul dumneavoastră în fotografii?
letter-heading-own = Te putem arăta în fotografii?
letter-why = Facem fotografii la activitățile noastre. Dumneavoastră hotărâți dacă fața se vede. Până la răspuns o acoperim.
letter-scan = Scanați pătratul cu un telefon sau scrieți adresa.
letter-code = Scrieți codul.
letter-answer = Răspundeți la fiecare întrebare. Durează cam două minute.
letter-safe = Răspunsul „nu” este la fel de bun ca „da”. Puteți schimba răspunsul în orice zi. Dacă scrisoarea nu mai este bună, cereți-ne alta.
letter-help = Nu aveți telefon sau calculator? Spuneți-i antrenorului. Avem aceleași întrebări pe hârtie.
letter-keep = Nu dați nimănui această scrisoare. Este bună șaizeci de zile.
