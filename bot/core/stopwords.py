"""Words that say nothing of what a complaint is about, in the six languages of our first readers."""

_ENGLISH = """
help time times day days tomorrow tonight people guys bad worst worse good great best awful terrible horrible big
little lots year years week weeks month months morning night way ways lol omg smh thx a about after again all
already also always am an and another any anyone anything are aren't as at away b back be because been before being
but by c can can't cannot come could couldn't d did didn't do does doesn't doing don't done down each either else
even ever every everyone everything few for from get gets getting give given go goes going gone gonna got had has
hasn't have haven't having he her here here's hers hi him his hey how i i'd i'll i'm i've if im in into is isn't it
it's its ive just keep know less let let's like ll lot made make makes making many may me might more most much must
my myself need never new next no not nothing now of off oh ok okay on once one only or other our out over own per
please pls put really right said same say saying says see seem seems she should shouldn't since so some someone
something still such sure take tell thank thanks thanx than that that's the their them then there there's these they
they're thing things think this those though through thru to today told too took try trying u until up ur us use
used using very via want was wasn't we we're we've well went were weren't what what's when where which while who why
will with without won't would wouldn't wtf y yes yesterday yet you you'd you'll you're you've your yours dear amp gt
lt rt dm two three four five six seven eight nine ten
"""
_GERMAN = """
aber alle als also am an auch auf aus bei bin bis bitte da danke das dass dein dem den denn der des die dies diese
doch dort du durch ein eine einem einen einer es etwas euch euer für ganz gar habe haben hallo hat hatte hier ich
ihr im immer in ist ja jetzt kann kein keine man mehr mein meine mich mir mit nach nicht nichts noch nun nur oder
ohne schon sehr sein seit sich sie sind so soll und uns unter vom von vor war warum was weil wenn wer werden wie
wieder wir wird wo zu zum zur
"""
_FRENCH = """
ai alors au aussi autre aux avec avez avoir bien bonjour c'est car ce cela ces cette ceux chez comme comment d dans
de depuis des dont du elle en encore est et être fait faire il ils j'ai je jamais jour l la le les leur lui ma mais
me merci mes moi mon même n'est ne non nos notre nous on ont ou où par pas peu plus pour pourquoi quand que quel
qu'il qui rien sa sans se ses si son sont sur ta te tes toi ton toujours tous tout toute très tu un une va vos votre
vous y à ça était
"""
_SPANISH = """
a ahora al algo antes aquí así aún bien cada casi como con cuando cómo de del desde día donde dos e el ella ellos en
entre era es esa ese eso esta este esto está están estoy fue gracias ha hace hacer han hasta hay hola hoy la las le
les lo los me mi mis mucho muy más nada ni no nos o os otra otro para pero por porque que qué quien se ser si
siempre sin sobre solo son su sus sí también te tengo tiene todo todos tu un una uno unos va vez vosotros y ya yo él
"""
_ITALIAN = """
a abbiamo ad ai al alla anche ancora avete bene buongiorno c'è che chi ci ciao come con cosa così da dal dalla degli
dei del della delle di dopo dove e ed era fa fatto gli grazie ha hai hanno ho i il in io la le lei li lo loro ma me
mi mia mio molto ne nei nel nella nessuno niente no noi non nostro o oggi ogni ora per perché però più poi qua
quando quello questa questo qui se sempre senza si sia siamo siete solo sono su sua sul sulla suo te ti tra tu tua
tuo tutti tutto un una uno vi voi vostra vostro è
"""
_PORTUGUESE = """
agora ainda além antes ao aos aqui as assim até bem boa bom cada com como da das de deles depois desde dia do dois
dos e ela ele eles em então era essa esse esta este está estou estão eu faz fazer foi hoje há isso já lá mais mas me
mesmo meu minha muito na nada nas nem no nos nossa nosso nunca não o obrigada obrigado olá onde os ou para pela pelo
por porque pra quando que quem quê se sem sempre ser seu seus sobre sou sua são só também te tem tenho ter teu toda
todo todos tu tua tudo um uma uns vai vc vocês você vou à é
"""

STOP = frozenset(f"{_ENGLISH}{_GERMAN}{_FRENCH}{_SPANISH}{_ITALIAN}{_PORTUGUESE}".split())
