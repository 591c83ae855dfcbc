"""How people write who write to a machine: patterns in the six languages there are word lists for.

Orders about how a text is to be read, labelled or answered; words that name a machine as their reader; the shapes of
prompts, tools and data. Each pattern takes the beginning of such a clause, `bot/readers/orders.py` the rest of it. It
is only looked for in texts that hold one key of each of its groups (parted by `+`): a sign, or a word's first five
letters. Gaps are bounded, so that a match costs a bounded time. What customers say to people was kept out by reading
every match in 114,000 posts.
"""

_LABEL = (
    r"(?:neutral|positive|negative|prais\w+|compliments?|feedback|spam|irrelevant|unimportant|satisfied|happy|jokes?"
    r"|(?:non|not?)[ -](?:an? )?\w{0,12} ?(?:complain\w*|negative|problem)|sarcas\w+|iron(?:y|ic)|off-?topic|harmless"
    r"|benign|class [\d-]+|[0-5](?:[ ./](?:out )?(?:of )?[15]0*)?|zero|(?:low|no) priority|done)\b"
)
_TEXT = (
    r"(?:this|it|me|(?:(?:the|this|my|every|any|all|each|all the|what)\s+)(?:\w+\s+){0,2}?(?:texts?|posts?|tweets?|"
    r"messages?|reviews?|comments?|mentions?|sentences?|contents?|inputs?|conversations?|threads?|tickets?|user|author|"
    r"customer|sentiment|tone|labels?|satisfaction|above|following|preceding|follows))\b(?:\s+(?:above|below|text|post|"
    r"tweet|message|ticket|conversation|sentence|one|review))?"
)
_RATE = (
    r"(?:(?:re-?)?(?:label|classify|categori[sz]e|annotate|mark|rate|score|tag|flag|treat|record|file|register|grade|"
    r"judge|interpret|consider|report|assess|evaluate|count|class|view|rank|read))"
)
_RATES = (
    "label class categ annot mark rate score tag flag treat recor file regis grade judge inter consi repor "
    "asses evalu count view rank read relab recla rerat resco retag"
)
_LABELS = (
    "neutr posit negat prais compl feedb spam irrel unimp satis happy joke jokes sarca irony ironi off offto "
    "harml benig class zero low no done non not 0 1 2 3 4 5"
)
_DATA = (
    r"(?:label|sentiment|tone|class(?:ification)?|category|verdict|polarity|prediction|is_?complaint|relevance|"
    r"priority|severity|urgency|output|confidence)"
)
_MACHINE = (
    r"(?:ai|a\.i\.|llms?|(?:large )?language models?|(?:text )?classifiers?|chat ?gpt|gpt-?\d?|ai \w+|machines?|"
    r"automated (?:\w+ )?(?:system|reader|agent|tool)s?|(?:moderation|sentiment|triage|classification) \w+|"
    r"annotators?|labell?ers?|algorithms?|bots?)\b"
)
_MIND = r"(?:ai|ai \w+|assistant|chat ?bot|classifier|language model|translator|reviewer|labell?er)\b"
_BEING = r"(?:assistant|ai|bot|chatbot|model|classifier|reviewer|agent|system|translator|admin\w*|engine|mode)\b"
_BEGIN = (
    r"(?:(?:^|(?<=[.!?:;,>\]\n\"'“‘(—–*-]))[\s\"'“‘]*(?:(?:and|then|now|also|just|simply|so|please|kindly|but) )*|"
    r"\b(?:please|must|should|you to) )"
)
_SAID = r"(?:(?!\s@\w)[^.!?\n]){0,200}"
_NEVER = r"(?:do not|don['’]t|never|must not|mustn['’]t|should not|shouldn['’]t|no need to|(?:is|are) not to be)"

ENGLISH: tuple[tuple[str, str], ...] = (
    # Leave what you were told: an order about instructions, not a customer's about a message.
    ("ignor disre forge overr bypas disca drop skip+instr promp guide guard direc progr class filte "
        "rules order train task tasks safet every all anyth what above prece previ",
     _BEGIN + r"(?:ignore|disregard|forget|overrid\w+|bypass|discard|drop|skip)\b[^.!?\n:]{0,40}?\b(?:instructions?|"
     r"prompts?|guidelines?|guardrails?|directives?|programming|classif\w+|filters|your (?:\w+ )?(?:rules|orders|"
     r"training|tasks?|safety)|safety|(?:everything|all|anything|what) (?:\w+ ){0,3}?(?:above|before|said|told|know|"
     r"written)|(?:the|all) (?:above|preceding|previous))\b"),
    ("instr promp+ignor disre forge",
     r"\b(?:ignore|disregard|forget)\b[^.!?\n:]{0,40}?\b(?:previous|prior|earlier|above|system|all|your)\b"
     r"[^.!?\n:]{0,20}?\b(?:instructions|prompts?)\b"),
    ("promp instr varia guide+syste hidde inter super void",
     r"(?:(?<=[.!?\n] )|^)?[^.!?\n:]{0,60}\b(?:(?:your|the) (?:system|hidden|internal) (?:prompt|instructions|"
     r"variables)|"
     r"system prompt|supersedes? [^.!?\n]{0,20}\b(?:instructions|prompts?|guidelines)|your (?:previous|prior|old) "
     r"(?:instructions|guidelines) (?:are|were) (?:now )?(?:void|gone|cancel\w*))\b"),
    ("forge+you you're", _BEGIN + r"forget (?:that )?(?:you are|you['’]re)\b"),
    ("rules rule order+given told have follo",
     _BEGIN + r"(?:ignore|disregard|forget|break)\b[^.!?\n:]{0,20}?\b(?:rules|orders) you (?:were|are|have|follow)\b"),
    ("respo answe compl speak+witho all",
     r"\b(?:respond|answer|comply|speak)\b[^.!?\n]{0,50}?\bwithout (?:any )?(?:filter\w*|restrictions?|limits|"
     r"limitations)"
     r"\b|\bcomply with (?:all|every|any) (?:user |my )?(?:requests?|orders?|commands?)\b"),
    ("safet filte+disab off remov overr",
     r"\b(?:safety|content|all) (?:rules|filters?|guidelines|checks) (?:are|is|have been) (?:now )?(?:off|disabled|"
     r"removed|"
     r"overridden)\b"),
    ("data recor detai+all",
     r"\b(?:print|dump|reveal|show|output|leak) all (?:(?:stored|private|secret|user|customer|hidden|personal) "
     r")+(?:data|"
     r"records?|details)\b"),
    # Headers and marks of a prompt.
    ("syste assis promp",
     r"\b(?:system|assistant|prompt)(?: (?:message|note|notice|override|update|prompt|instruction)s?)?\s*:"
     r"(?!\s*[()/\\|.])"),
    ("syste admin devel root opera secur moder+messa note notic overr updat instr promp mode messa "
        "notes modes",
     r"(?:^|(?<=[.!?\n>\])] )|(?<=[\n>\])]))(?:system|admin\w*|developer|root|operator|security|moderator)"
     r" (?:message|note|notice|override|update|instruction|prompt|mode)s?\b"),
    ("instr promp task tasks direc job role verdi goal objec+new updat addit secre hidde speci furth real "
        "your",
     r"\b(?:new|updated|additional|secret|hidden|special|further|real) (?:instructions?|prompt|task|directive)s?"
     r"\s*(?:[:(]|is to\b|are\b)|\byour (?:new |only |real |next )?(?:task|job|role|instructions?|verdict|goal|"
     r"objective|mission) "
     r"(?:now )?(?:is|are)(?: now)?(?::| to\b| a\b| an\b| satisf| neutral| posit)"),
    ("<", r"<\|\w{1,20}\|>"),
    ("inst", r"\[inst\][^\n]{0,300}?\[/inst\]|\[/?inst\]"),
    ("<", r"<</?sys>>"),
    ("[",
     r"\[\s*(?:system|admin|developer|assistant|instructions?)(?: (?:message|override|prompt|mode|update))?\s*\]"),
    ("##", r"(?:^|\n)\s*#{2,}\s*(?:instruction|system|response|input|task|prompt|new)\w*:?"),
    ("end start begin+post text messa promp input instr conte",
     r"\b(?:end|start|begin(?:ning)?) of (?:the )?(?:post|text|message|prompt|input|instructions?|context)\b[\s.:>\]-]*"
     r"(?=$|[A-Z\[<#])"),
    ("<",
     r"(?:</?\w{1,12}>\s{0,3})?<(?P<role>system|assistant|instructions?|prompt|tool|function|developer)\b[^>\n]{0,40}>"
     r"(?:[^<\n]{0,200}</(?P=role)>)?|</(?:user|post|system|assistant|prompt|input|instructions?)>"),
    # You are somebody else now.
    ("assis ai chatb chat class langu trans revie label bot model agent syste admin engin mode+you "
        "you're",
     r"\b(?:you are|you['’]re) (?:(?:now|no longer|hereby) (?:(?:only|just|really) )?(?:an?|the|my|in) (?:[\w-]+ "
     r"){0,3}?"
     + _BEING + r"|(?:only |just |really )?(?:an?|the|my) (?:[\w-]+ ){0,3}?" + _MIND + ")"),
    ("role rolep simul prete behav act stop respo+assis ai bot chatb model class revie agent syste "
        "trans admin engin mode five if",
     r"\b(?:stop being|act|behave|role-?play|respond|simulate|pretend (?:to be|you are|you['’]re|that you are))"
     r"(?: (?:as|like))? (?:if (?:this|you) (?:is|are|were|was) |an? (?:[\w-]+ ){0,2}?(?:" + _BEING + r"|five.star))"),
    ("prete",
     r"\bpretend\b[^.!?\n]{0,20}\b(?:test|this (?:text|post|message|tweet|review))\b"),
    ("mode+devel debug god dan jailb unres sudo admin",
     r"\b(?:developer|debug|god|dan|jailbreak|unrestricted|sudo|admin|diagnostic) mode (?:is |now )*(?:enabled|"
     r"activated?|active|"
     r"engaged|on\b)"),
    # A machine as the one who is spoken to.
    ("ai llm llms langu class gpt chatg chat machi autom moder senti triag annot label algor bot bots "
        "a+dear atten hey hi hello note messa instr memo hint remin to if any all every calli",
     r"(?:^|(?<=[.!?\n,(*\[] )|(?<=[.!?\n,(*\[]))(?:dear|attention|hey|hi|hello|(?:a |important )?(?:note|message|"
     r"instructions?|memo|hint|reminder) (?:to|for)|to|if you(?:['’]re| are)|any|all|every|calling all)\s+"
     r"(?:(?:the|any|all|every|whichever|whatever|an?|my|future) ){0,2}" + _MACHINE +
     r"(?=[ ,:]|$)(?:[^.!?\n:]{0,40}?\b(?:reading|processing|analy[sz]ing|that reads?|classifying|seeing|reads?)\b)?"),
    ("whoev whate one+label class reads rate rates annot score",
     r"\bto (?:whoever|whatever|the one who) (?:labels?|classif\w+|reads and|rates?|annotates?|scores?)\b"),
    ("ai langu assis model bot agent+as",
     r"\bas (?:an? (?:ai (?:language |\w+ )?(?:model|assistant|system)|(?:large )?language model|"
     r"ai\b(?=[^.!?\n]{0,30}?\b(?:you|please|treat|label|classify|rate|ignore|mark|approve)\b))|the (?:ai|agent|"
     r"assistant|model|bot),? (?:you|please|offer|give|say|reply|respond|approve|ignore|label|mark)\b)"),
    ("bot ai assis chatb model chat chatg gpt suppo",
     r"(?:^|(?<=[.!?\n] ))(?:support )?(?:(?:bot|assistant|chatbot|model|chat ?gpt)[,:]|ai:)"),
    # Read it, label it, answer it like this.
    (_RATES + "+" + _LABELS,
     _BEGIN + _RATE + r"\s+" + _TEXT + r"[^.!?\n:]{0,25}?(?:\b(?:as|to be|to|under|with|into|in|at|a)\b|[:=])"
     r"[^.!?\n:]{0,25}?\b" + _LABEL),
    ("class categ annot", r"\b(?:classify|categori[sz]e|annotate)\s+" + _TEXT),
    ("label class categ annot treat+every all",
     r"\b(?:label|classify|categori[sz]e|annotate|treat)\s+(?:everything|all of (?:it|this))\b[^.!?\n:]{0,20}"
     r"\b(?:as|:)\s"),
    ("not never non+" + _RATES,
     r"\b" + _RATE + r"\s+" + _TEXT + r"[^.!?\n:]{0,20}?\bas (?:an? )?(?:not|never|non)\b"),
    ("label class senti sever prior score+give assig apply set put choos pick use",
     r"\b(?:give|assign|apply|set|put|choose|pick|use)\s+[^.!?\n:]{0,30}?\b(?:label|class|sentiment|severity|priority|"
     r"score)\b[^.!?\n:]{0,25}?(?:\b(?:to|as|of)\b|[:=])?[^.!?\n:]{0,10}?\b(?:" + _LABEL + r"|critical|urgent)"),
    ("label class categ treat score rated tagge marke inter count filed handl read+post tweet text "
        "messa revie comme conte menti",
     r"\b(?:this|the)(?: above| following| whole)? (?:post|tweet|text|message|review|comment|content|mention)"
     r"(?: above)? (?:(?:should|must|has to|needs to|ought to|shall|is to) be|is|was) (?:read|label\w+|classif\w+|"
     r"categori\w+|treated|scored|rated|tagged|marked|interpreted|counted|filed|handled)(?: as)?\b"),
    ("label class categ senti verdi outpu readi+corre true right prope expec final valid",
     r"\b(?:the )?(?:correct|true|right|proper|expected|final|only valid) (?:label|class(?:ification)?|category|"
     r"sentiment|verdict|output|reading)\b[^.!?\n:]{0,25}?(?:\bis\b|[:=])"),
    ("analy readi class label proce+text post tweet messa",
     r"\b(?:the )?(?:text|post|tweet|message) (?:that )?you(?: are|['’]re) (?:analy[sz]|read|classify|label|process)"
     r"ing\b"),
    ("flag escal triag queue alert notif page+do don don't never must mustn mustn't shoul no not",
     r"\b" + _NEVER + r" (?:flag|escalate|triage|queue|alert|notify|page)\b[^.!?\n,]{0,15}?"
     r"\b(?:it|this|me|anyone|anybody|the|my|people|humans?|a human|any)\b"),
    ("label class categ+do don don't never must mustn mustn't shoul no not",
     r"\b" + _NEVER + r" (?:label|classify|categori[sz]e) (?:it|this)\b"),
    ("compl+treat consi count read mark repor see",
     r"\b" + _NEVER + r" (?:treat|consider|count|read|mark|report|see)\b[^.!?\n:]{0,20}?\bas (?:a )?complaint\b"),
    ("purpo+class analy label senti",
     r"\bfor the purposes? of (?:this )?(?:classification|analysis|labell?ing|sentiment)\b"),
    ("whate", r"\bwhatever (?:i|was|is) [^.!?\n]{0,20}?(?:before|above|below|wrote|said),"),
    ("previ prece above+test joke examp fake quote",
     r"\b(?:the )?(?:previous|preceding|above) (?:text|post|message|sentence|part) (?:is|was) (?:only |just )?(?:a |"
     r"an )?"
     r"(?:test|joke|example|fake|quote)\b"),
    ("hence from+answe reply respo class label treat say act call rate mark ignor speak",
     r"\b(?:from now on|henceforth),? (?:you )?(?:will |must |should |shall )?(?:always |only )?(?:answer|reply|"
     r"respond|"
     r"classify|label|treat|say|act|call|rate|mark|ignore|speak)\b"),
    # Print it, say it, send it.
    ("promp instr api guard custo user users clien messa+print reply revea outpu show leak dump repea displ "
        "give tell list send expos share discl what read",
     r"\b(?:print|reply|reveal|output|show|leak|dump|repeat|display|give|tell|list|send|expose|share|disclose|what "
     r"(?:is|"
     r"are)|"
     r"read out)\b[^.!?\n]{0,30}?\b(?:(?:system|hidden|initial|secret|original) (?:prompt|instructions?|message)|your "
     r"(?:\w+ )?prompts?|your (?:\w+ )?instructions|api keys?|guardrails|the instructions you (?:were|are|have)|"
     r"(?:other|another) (?:customer|user|client)['’]?s?['’]? (?:\w+ ){0,2}?(?:data|names?|orders?|e-?mails?|numbers?|"
     r"details|address\w*|in your))"),
    ("custo user users clien+names order addre data detai e email",
     r"\b(?:names|orders|addresses|data|details|e-?mails) of (?:other|another|all) (?:customers?|users?|clients?)\b"),
    ("guard instr promp rules+what",
     r"\bwhat (?:\w+ ){0,2}(?:guardrails|instructions|prompt|rules)\b[^?\n]{0,40}?\byou (?:given|have|follow)|"
     r"\bwhat (?:guardrails|prompt|instructions) (?:\w+ ){0,6}?(?:are|were) you\b"),
    ("reply respo answe outpu retur emit",
     _BEGIN + r"(?:reply|respond|answer|output|return|emit)\b(?: back)?(?: to (?:me|this|everyone|it|every "
     r"\w+))?,? (?:only |just |exactly |solely |simply |strictly )*(?:with|in|using)? ?(?:only|just|exactly|solely|"
     r"json|"
     r"base64|xml|rot13|the (?:\w+ )?(?:word|phrase|text|label|sentence|number|json)|a single|one word|class\b|label|"
     r":?\s*[\"“‘'{])"),
    ("reply respo+me",
     r"\b(?:reply|respond) to me (?:with|only)\b"),
    ("say print write repea+only exact nothi back verba",
     _BEGIN + r"(?:say|print|write|repeat) (?:only|exactly|nothing but|back|verbatim)\b"),
    ("json base6 xml rot13 yaml",
     r"\b(?:reply|respond|answer|return|output)\b[^.!?\n]{0,20}?\bin (?:json|base64|xml|rot13|yaml)\b"),
    ("outpu emit respo answe reply+must shoul shall",
     r"\b(?:should|must|shall) (?:\w+ )?(?:output|emit|respond with|answer only|reply with)\b"),
    ("repea",
     r"\brepeat (?:after me (?:exactly|verbatim|word)|the (?:word|phrase|following|text|above|sentence)s?|exactly)\b"
     r"[^\n:]{0,20}:?" + _SAID),
    ("post publi tweet say+this follo",
     _BEGIN + r"(?:post|publish|tweet|say) (?:this|the following)(?: \w+)?\s*:" + _SAID),
    ("answe reply respo outpu draft messa repli+phras word words sente text strin line",
     r"\b(?:include|use|insert|add|put|quote|append|write)\b[^.!?\n]{0,20}?\b(?:phrase|words?|sentence|text|string|"
     r"line)"
     r"\b[^\n]{0,80}?\b(?:in|into|to) (?:your|the|every|all) (?:\w+ )?(?:answer|reply|response|output|draft|message)"
     r"s?\b"),
    ("answe reply respo outpu messa draft repli+with",
     r"\b(?:begin|start|end|open|close|finish) (?:your|every|the|each) (?:\w+ )?(?:answer|reply|response|output|"
     r"message|"
     r"draft)s? with\b"),
    ("decod execu trans summa rewri rephr evalu",
     r"\b(?:decode|execute|translate|summari[sz]e|rewrite|rephrase|evaluate)\b(?: (?:this|it|the (?:text|post|message|"
     r"tweet|above|following|preceding)))?[^.!?\n:]{0,30}?(?:\b(?:and|then|->|→)\s*(?:then )?(?:do|follow|execute|run|"
     r"obey|reply|respond|answer)\b|\{\{[^}\n]{0,60}\}\}\)?|:\s*(?=[\[{<'\"“]))"),
    ("prece above follo previ+evalu summa trans rewri",
     r"(?:^|(?<=[.!?\n] ))(?:evaluate|summari[sz]e|translate|rewrite) the (?:preceding|above|following|previous) "
     r"(?:text|"
     r"post|tweet|message)\b"),
    ("appro human manua autoa",
     r"\bwithout (?:any )?(?:human|manual) (?:approval|review|oversight|check\w*)\b|\b(?:auto-?)?approves? (?:and send|"
     r"every|all (?:replies|drafts|answers))\b|\bapprov\w+ (?:\w+ ){0,4}?without (?:review|asking|a human)\b"),
    ("offer+say",
     r"\boffer (?:me|us|everyone) \S{1,12} (?:\w+ )?(?:goodwill|credit|refund)s? and say\b"),
    # Data and calls.
    ("label senti tone class categ verdi polar predi compl relev prior sever urgen outpu confi is "
        "iscom+neutr posit negat none low prais happy satis 0 1 compl false true no",
     r"\b" + _DATA + r"[\"']?\s*(?:[:=]|:=|->)\s*[\"']?(?:neutral|positive|negative|none|low|praise|happy|satisfied|"
     r"[01]\b|compliment|false|true|no\b)[^.!?\n]{0,20}?(?=[.,;\s}\"']|$)[\"'}]*"),
    ("label compl",
     r"\blabel\s+(?:neutral|positive|negative|praise)\b|\bcomplaint[\"']?\s*[:=]\s*[\"']?(?:no|yes|false|true|0|1)\b"
     r"[\"'}]*"),
    ("{",
     r"\{\s*[\"'](?:role|label|sentiment|complaint|class|tool|function|name|action|verdict|category|priority|output|"
     r"system|tone)[\"']\s*:[^}\n]{0,200}\}?"),
    ("tool tools funct toolc",
     r"\b(?:tool|function)[_ ]?calls?\b(?:\s*:?\s*\w+\([^)\n]{0,120}\)?)?|\bcall (?:the )?(?:tool|function)\b"),
    ("send close appro mark reply resol escal refun issue auto is human+_",
     r"\b(?:send|close|approve|mark|reply|resolve|escalate|refund|issue)_[a-z_]{1,30}\([^)\n]{0,120}\)?|"
     r"\b(?:auto_approve|"
     r"is_complaint|human_review)\s*=\s*\w+"),
    ("appro autoa+=", r"\b(?:approved?|autoapprove)\s*=\s*\w+"),
    ("<",
     r"(?:</\w{1,20}>\s{0,5})?<(?P<tag>\w{1,20})>\s{0,5}(?:this\s|post\s|it\s|is\s|not\s|no\s|an?\s){0,6}"
     r"(?:complaint|praise|neutral|positive|negative)[.!]?\s{0,5}</(?P=tag)>"),
)  # fmt: skip

_IGNORE = r"(?:ignorier\w*|vergiss|missachte\w*|ignor[ae]\w*|olvida\w*|oubli\w+|dimentica\w*|esque\w+|desconsider\w+)"
_TOLD = (
    r"(?:anweisung\w*|vorgaben|instruktion\w*|instrucci[oó]n\w*|instructions|consignes|istruzion\w*|instruç\w+|"
    r"prompts?|"
    r"[oó]rdenes|ordini|ordens|r[eè]gles|directives)"
)
_PUT = (
    r"(?:klassifizier\w*|stufe?|bewerte\w*|markier\w*|clasific\w+|marca\w*|califica\w*|etiqueta\w*|classe[rz]?|"
    r"classifi\w+|considère\w*|classific\w+|etichetta\w*|contrassegn\w+|trat[ae]\w*|ordne\w*|einordnen|einstufen)"
)
_AS = (
    r"(?:neutral\w*|positiv\w*|negativ\w*|lob|elogi\w+|alabanza|neutr[eo]\w*|positif|n[eé]gatif|compliment\w*|louange|"
    r"keine beschwerde|no (?:es )?(?:una )?queja|pas une plainte|non (?:è )?un reclamo|não (?:é )?(?:uma )?reclamação)"
)

OTHERS: tuple[tuple[str, str], ...] = (
    ("anwei vorga instr consi istru promp órden orden ordin règle regle direc",
     r"\b" + _IGNORE + r"\b[^.!?\n:]{0,40}?\b" + _TOLD + r"\b"),
    ("neutr posit negat négat lob elogi alaba compl louan besch queja plain recla+als como comme come "
        "in",
     r"\b" + _PUT + r"\b[^.!?\n:]{0,40}?\b(?:als|como|comme|come|in)\b[^.!?\n:]{0,25}?\b" + _AS + r"\b"),
    ("einor einst bewer klass+als",
     r"\bals (?:\w+ )?" + _AS + r"\s+(?:einordnen|einstufen|bewerten|klassifizieren)\b"),
    ("siste systè syste mensa messa",
     r"\b(?:sistema|système|systemnachricht|mensaje del sistema|message système)\s*:"),
    ("assis asist ia ki model modèl bot chatb klass clasi class+du eres tu sei ora agora você",
     r"\b(?:du bist (?:jetzt|nun)|eres(?: ahora)?|ahora eres|tu es (?:maintenant|désormais)|sei (?:ora|adesso)|ora sei|"
     r"agora (?:você é|és)|você (?:agora )?é) (?:(?:ein\w*|una?|une?|um|uma|l['’]) ?)?(?:\w+ )?(?:assistent\w*|"
     r"asistente|ia\b|ki\b|modell\w*|modelo|modèle|bot|chatbot|klassifikator\w*|clasificador|classificat\w+|"
     r"assistant\w*)"),
    ("ia ki sprac model modèl+en como come als",
     r"\b(?:en tant qu['’]|como |come |als )(?:una? |uma |un[ea]? )?(?:ia|ki|sprachmodell|modelo de lenguaje|modèle de "
     r"langage|modello linguistico|modelo de linguagem)\b"),
    ("nur solo sólo uniqu seule solta apena somen únic única",
     r"\b(?:antworte|responde|responda|répond(?:s|ez|re)|rispondi)\b[^.!?\n:]{0,20}?\b(?:nur|solo|sólo|uniquement|"
     r"seulement|soltanto|apenas|somente|únicamente)\b"),
)  # fmt: skip

BESIDE: tuple[str, ...] = (
    r"(?:^|(?<=[.!?\n] ))(?:read|delete|give|send|provide|respond|comply|output|print|execute|run|access|grant|show|"
    r"tell|"
    r"act|obey|confirm|summari[sz]e|convert|translate|write|say|generate|reveal|report|do not|don['’]t|"
    r"just)\b[^.!?\n]*",
    r"\b(?:you are|you['’]re) (?:now )?an? [^.!?\n]*|\b(?:goal|mode|role|priority) (?:change|override|update|"
    r"switch)\s*:|"
    r"\baccess granted\b|\byou are in \w+ mode\b",
    r"\b(?:(?:support|help|chat|service) )?(?:bot|assistant|ai|chatbot|model)\s*[:,]",
    r"\blist (?:the|all|your) (?:amounts|limits|rules|names|details|numbers|values)\b",
    r"(?<![\w/.])[A-Za-z0-9+/]{16,}={0,2}(?![\w/])[.…]*",
    r"\b(?:this|it|that)(?: \w+)? (?:is|was|are) (?:really |actually |just |only |in fact )?(?:praise|not an? \w{0,9} ?"
    r"complaint|an? (?:compliment|joke|test)|positive|neutral|not negative|a (?:very )?happy customer)\b",
    r"\b(?:the|this) (?:author|user|customer|writer|poster) (?:is|was|feels|seems) (?:\w+ )?(?:happy|satisfied|pleased|"
    r"joking|delighted|content|fine|not (?:complaining|angry|upset))\b",
    r"\b(?:no|nothing)(?: further)? (?:action|answer|reply|escalation|review|alert)s? (?:is |are )?(?:needed|required|"
    r"necessary)\b|\bstop reading\b|\bnothing to see\b|\bend of (?:instructions?|message|post|text)\b",
    r"\b(?:dies|das) ist (?:keine beschwerde|lob)\b|\bno es una queja\b|\bce n['’]est pas une plainte\b|\bnon è un "
    r"reclamo\b|\bnão é (?:uma )?reclamação\b",
)  # fmt: skip
"""What is left out only beside one of the others: alone, customers say so."""

_WORDS = """
ignore disregard forget override bypass discard drop skip all any every previous prior earlier above preceding
following instruction instructions prompt prompts guideline guidelines guardrails directive directives rule rules
system message assistant admin developer note update task role new real your you are is as an ai bot chatbot
language model models classifier classifiers machine algorithm automated reader label labels classify classified
categorize categorise category mark marked rate rated score tag flag treat treated file record report consider
considered read reading text texts post posts tweet messages review mention sentence content input comment ticket
conversation complaint complaints praise neutral positive negative spam irrelevant compliment compliments feedback
satisfied happy joke sarcasm irony sentiment tone class verdict output print return reply respond answer say write
repeat word words phrase exactly only just with json base64 decode execute translate summarize summarise it this
that the to and or not no non never do don't must should will be in of on for from now please then so priority
severity low high none critical urgent escalate alert anyone page queue notify human approval approve approved
without send true false name tool call function api key keys secret mode enabled if these those what was were has
have its reveal hidden a i me my we our us told you've at who given been being here there can may would them they up
out other customer customers user author names data answers agent agents reviewer publicly after everything before
said end start set im ignorier ignoriere alle vorherigen bisherigen anweisungen und stufe diesen beitrag diese
nachricht als lob ein ist keine beschwerde bitte einordnen du bist jetzt antworte nur mit dem wort vergiss die den
das ignora ignorez todas las los instrucciones anteriores y clasifica este esta mensaje como positivo una queja eres
ia responde solo con la palabra toutes les précédentes et classe ce cette comme positif tu dois répondre en tant qu
qu'ia uniquement neutre le mot tutte istruzioni precedenti e classifica questo testo come rispondi parola instruções
classifique mensagem elogio todos os uma reclamação palavra un une il per
"""
VOCABULARY = frozenset(_WORDS.split())
"""Words of orders to a machine: what an order says besides may be a customer's own."""
