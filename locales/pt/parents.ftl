## Around every page

skip = Saltar para a página
languages = Línguas
news = Notícias
write = Escreva-nos
demo = Isto é uma demonstração. Estas pessoas não existem.
leave = Fechar esta página para todos neste telefone
back = Voltar às respostas
help-title = Precisa de ajuda?
help-call = Ligue-nos: { $phone }.
help-text = Podemos ligar-lhe com um intérprete. Usamos o número que temos.
help-button = Liguem-me na minha língua
help-asked = Nós ligamos. { $manager } sabe do seu pedido.

## Coming in

enter-title = Temos uma pergunta para si
enter-lede = { $trust } pergunta sobre fotografias. Demora cerca de dois minutos.
enter-who = Primeiro: é mesmo a pessoa certa?
enter-text = Enviamos um código para o e-mail ou telefone que temos. Até lá, esta página não mostra nada.
enter-send = Enviem-me o código
enter-again = Enviem outro código
enter-sent = Se tivermos o seu e-mail ou telefone, o código vai a caminho.
enter-code = O código
enter-hint = Oito algarismos da nossa mensagem, ou doze da nossa carta.
enter-short = Um código da mensagem serve durante dez minutos.
enter-continue = Continuar
enter-wrong = Este código não serve. Verifique-o ou peça outro.
over-title = Esta página fechou
over = Abra outra vez a ligação da nossa mensagem ou carta. Aí vê o que está guardado.

## Your answers

answers-title = As suas respostas sobre fotografias
answers-lede = Pode mudar de ideias em qualquer dia. Não precisa de dizer porquê.
answers-empty = Nenhuma criança está ligada a si. Escreva-nos e nós corrigimos.
saved = As respostas estão guardadas.
unanswered = { $child }: ainda não temos a sua resposta. Até lá, tapamos o rosto.
answer-now = Responder por { $child }
answer-change = Mudar as respostas
answer-until = A autorização vale até { $day }. Depois perguntamos outra vez.
answer-ended = A sua autorização terminou em { $day }.
said-yes = Disse que sim.
said-no = Disse que não.
named-first = O primeiro nome pode aparecer ao lado.
named-full = O nome completo pode aparecer ao lado.
result-shown = O rosto pode ser mostrado.
result-covered = O rosto está tapado.
result-why = Todas as pessoas a quem perguntamos têm de dizer que sim. Por isso, um rosto pode ficar tapado depois do seu sim.
place-news-website = O nosso site
place-news-social = As nossas redes sociais
place-press-press = Jornais e televisão
place-promotion-website = Anúncios no nosso site
place-promotion-social = Anúncios nas redes sociais
pictures-title = Fotografias que mostram { $child }
pictures-none = { $child }: nenhuma fotografia é pública.
picture-since = { $place }, desde { $day }
picture-see = Ver como toda a gente vê
picture-down = Retirar esta fotografia
stop-title = Mudou de ideias?
stop-text = Basta carregar uma vez. Começamos dentro de um minuto. O lugar continua garantido: { $child }.
stop-button = Deixar de mostrar { $child }
never-title = Nunca mostrar { $child }
never-text = Assim nunca mostramos { $child }, mesmo que alguém diga que sim. Não precisa de dizer porquê. Para voltar atrás, fale com a nossa pessoa responsável pela proteção das crianças.
never-button = Nunca mostrar { $child } em lado nenhum
never-set = Pediu-nos em { $day } para nunca mostrar { $child }.
asked-title = Também perguntamos a { $child }
asked-text = A partir dos 12 anos perguntamos também a { $child }. Cada «não» conta.
asked-hint = Primeiro fecha-se a sua página. Depois { $child } tem 15 minutos.
asked-button = Passar o telefone a { $child }
receipts-title = Os seus comprovativos
receipt-line = { $child }, { $day }
complaints-title = As suas reclamações
complaint-line = Reclamação de { $day }

## The questions

question-of = Pergunta { $number } de { $total }
save = Guardar as minhas respostas
no-to-all = Dizer não a tudo
missing-title = Falta alguma coisa
missing = A pergunta { $number } ainda não tem resposta.
changed-title = As perguntas mudaram
changed = Leia-as outra vez e depois guarde. Nada foi guardado.
unchecked-title = Estas perguntas estão em inglês
unchecked = Ainda ninguém as verificou na sua língua. Peça ajuda antes de dizer que sim. Pode sempre dizer que não.
closed-title = Hoje não pode dizer que sim
closed = Estamos a escrever as perguntas de novo. Pode dizer que não na mesma.

## Receipts

receipt-all = Feito. Deixamos de mostrar { $child }.
receipt-some = Feito. As respostas mudaram: { $child }.
receipt-picture = Feito. Retiramos esta fotografia.
receipt-lede = Pediu em { $moment }. Esta página está sempre atualizada.
receipt-number = Comprovativo { $number }
receipt-gone = Retirado
receipt-looked = Verificámos em { $moment }. Já não estava lá.
receipt-going = A ser retirado
receipt-by = Deve desaparecer até { $moment }. Se não, { $manager } trata disso.
receipt-hand = Uma pessoa retira isto à mão até { $moment }.
receipt-word = Uma pessoa retirou isto à mão em { $moment }. Nós não conseguimos ver lá.
receipt-nothing = Não foi preciso retirar nada.
receipt-stopped = { $count ->
    [one] Uma publicação estava à espera de sair. Foi parada.
    [many] { $count } de publicações estavam à espera de sair. Foram paradas.
   *[other] { $count } publicações estavam à espera de sair. Foram paradas.
}
receipt-cannot = O que não podemos recuperar
receipt-copies = Alguém pode ter guardado ou partilhado uma cópia. Um jornal pode tê-la impresso. Essas não podemos retirar.
receipt-chase = Diga-nos onde a viu. { $manager } pede que a retirem.
receipt-not-me = Não foi pedido seu? Diga-nos já.

## Complaints

complain = Fazer uma reclamação
complain-lede = Diga-nos o que correu mal. Ninguém será tratado pior por causa disso.
complain-label = O que correu mal?
complain-hint = Só o gestor (Manager) e a pessoa responsável pela proteção das crianças a leem.
complain-send = Enviar a reclamação
complain-empty = Escreva algumas palavras sobre o que correu mal.
complained = Temos a sua reclamação
complained-by = O mais tardar em { $day } dizemos-lhe que estamos a tratar dela.
complained-working = Estamos a tratar dela desde { $day }.
complained-answer = A nossa resposta
complained-more = Não concorda com a nossa resposta? Pode dirigir-se à autoridade britânica de dados (Information Commissioner’s Office).
complained-yours = O que escreveu

## Pages of somebody who answers for themselves

own-title = As minhas fotografias
own-lede = Pode mudar-se de ideias em qualquer dia. Não é preciso dizer porquê.
own-unanswered = Ainda não temos resposta. Até lá, tapamos o rosto.
own-answer-now = Responder às perguntas
own-pictures-title = Fotografias em que apareço
own-pictures-none = Nenhuma fotografia é pública.
own-stop-text = Basta carregar uma vez. Começamos dentro de um minuto. O lugar continua garantido.
own-stop-button = Deixar de me mostrar
own-receipt-all = Feito. Deixamos de mostrar o rosto.
own-receipt-some = Feito. As respostas mudaram.
own-back = Voltar à minha página
handed-before = Se antes disseste «não», aqui continua «não». Para mudar, fala connosco.
handed-thanks-title = Obrigado
handed-thanks = As respostas estão guardadas. Já podes devolver o telefone.

## Mails: no name in any of them, and nothing in a subject

mail-code-subject = O código
mail-code = Aqui está o código:
mail-code-lasts = Serve durante dez minutos, no navegador em que foi pedido.
mail-code-ignore = Não o pediu? Então não faça nada. Ninguém o pode usar sem esta mensagem.
mail-receipt-subject = Comprovativo
mail-receipt-all = Pediu-nos em { $moment } para deixar de mostrar a criança.
mail-receipt-some = Pediu-nos em { $moment } para mostrar menos a criança.
mail-receipt-picture = Pediu-nos em { $moment } para retirar uma fotografia.
mail-receipt-own = Pediste-nos em { $moment } para te mostrarmos menos.
mail-receipt-none = Nenhuma fotografia era pública.
mail-receipt-gone = Estas eram públicas e foram retiradas:
mail-receipt-line = { $place }: verificámos em { $moment } e já não estava lá
mail-receipt-word = { $place }: uma pessoa retirou isto à mão em { $moment }
mail-receipt-stopped = O que estava à espera de sair foi parado.
mail-receipt-copies = Se alguém guardou ou partilhou uma cópia, não a podemos retirar. Diga-nos onde a viu e nós pedimos que a retirem.
mail-not-you = Se não foi pedido seu, diga-nos já.
mail-answered-subject = Temos as respostas
mail-answered = Em { $moment } alguém respondeu na sua página às nossas perguntas sobre fotografias.
mail-answered-look = Pode ver e mudar as respostas na sua página, com a mesma ligação de antes.
mail-invite-subject = Uma pergunta sobre fotografias
mail-hello = Bom dia,
mail-invite = perguntamos-lhe sobre fotografias em que se pode ver a criança. Aqui responde, vê as respostas e muda de ideias:
mail-invite-own = perguntamos-te sobre fotografias em que podes aparecer. Aqui respondes, vês as respostas e mudas de ideias:
mail-invite-safe = A página não mostra nada por si. Primeiro envia um código para este endereço.
mail-good = Responder «não» vale tanto como responder «sim». Pode mudar a resposta em qualquer dia.
mail-remind-subject = Uma pergunta sobre fotografias continua em aberto
mail-remind = Há alguns dias perguntámos sobre fotografias. Ainda não temos resposta. Até lá, não mostramos nenhum rosto. Aqui está a página:
mail-complaint-subject = A sua reclamação
mail-complaint-working = Temos a sua reclamação e estamos a tratar dela. Está na sua página.
mail-complaint-answered = Respondemos à sua reclamação. A resposta está na sua página.

## Renewing, text messages and letters

mail-renew-subject = As respostas sobre fotografias terminam em breve
mail-renew = as respostas sobre fotografias terminam em breve. Perguntamos outra vez, como todos os anos. Aqui está a página:
mail-spot = obrigado pelas respostas. Aqui pode vê-las sempre e mudar de ideias:
sms-ask = Podemos mostrar fotografias? Responda aqui:
sms-remind = Ainda falta a resposta sobre fotografias. Responda aqui:
sms-renew = As respostas sobre fotografias terminam em breve. Responda outra vez aqui:
letter-heading = Podemos mostrar o seu filho ou a sua filha em fotografias?
letter-heading-own = Podemos mostrar-te em fotografias?
letter-why = Tiramos fotografias nas nossas atividades. A decisão de mostrar o rosto é sua. Até à resposta, tapamo-lo.
letter-scan = Leia o quadrado com um telefone ou escreva o endereço.
letter-code = Escreva o código.
letter-answer = Responda a cada pergunta. Demora cerca de dois minutos.
letter-safe = Responder «não» vale tanto como responder «sim». Pode mudar a resposta em qualquer dia. Se esta carta já não servir, peça-nos outra.
letter-help = Não tem telefone nem computador? Diga ao treinador. Temos as mesmas perguntas em papel.
letter-keep = Guarde esta carta só para si. Serve durante sessenta dias.
