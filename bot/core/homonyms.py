"""Names that are also something else, and the words by which the something else is known.

Only a hint, overruled by the brand's own context and examples: a brand that *is* the river sells river things. Written
by hand from everyday knowledge; add a line when a namesake turns up.
"""

from bot.core.folding import fold

_ROWS = """
acme: coyote wile looney tunes roadrunner cartoon anvil bugs daffy klein zenith pinnacle
adobe: bricks brick mud pueblo clay
alphabet: letters letter soup song kindergarten vowels consonants
amazon: rainforest river jungle basin brazil deforestation tribe tribes warrior warriors warriors anaconda rain
apache: helicopter helicopters tribe tribes native
apple: pie cider orchard tree trees juice fruit crumble bobbing newton cinnamon pies tart sauce
asana: yoga pose poses
bolt: usain lightning screw nut nuts sprint sprinter
caterpillar: butterfly leaf leaves larva cocoon hungry
chase: chased chasing chevy paw
corona: virus covid sun solar pandemic lockdown vaccine
delta: river variant covid force mississippi nile ebro danube okavango niger epsilon gamma alpha goodrem sigma omicron
dove: bird birds pigeon peace cameron feather white turtle nest
fiat: currency lux
fidelity: infidelity hi-fi wireless audio
ford: harrison betty gerald river crossing
fox: megan animal hunting den furry henhouse arctic michael foxes
galaxy: milky way stars guardians andromeda telescope nasa far hitchhiker
gap: wage gender tooth teeth generation thigh
halo: angel ring light lunar
hermes: god greek messenger zeus trismegistus
jaguar: cat cats animal jungle prey zoo jacksonville nfl jaguars rainforest
java: island indonesia sumatra bali
kindle: fire flame romance
kiwi: bird fruit smoothie zealand
lotus: flower pond pose yoga white position
lush: green garden grass vegetation
mars: planet rover nasa bruno venus olympus perseverance martian
mercury: planet freddie retrograde thermometer venus poisoning
meta: analysis physics game gaming cognition data
monster: cookie frankenstein loch hunter monsters lady
nest: bird birds eggs egg empty wasp hornet robin
nike: goddess samothrace
ocean: frank billy sea waves atlantic pacific
omega: alpha fatty fish oil greek
opera: house singer aria soprano verdi puccini phantom oprah
oracle: delphi prophecy prophet
orange: juice fruit county trump peel tree zest squeezed
pandora: box avatar jar greek
patagonia: argentina chile hike trek andes glacier
pepper: salt bell black chili sergeant spray
pilot: episode season
polo: shirt marco water horse ponies
puma: cat animal mountain cougar concolor
python: snake snakes monty burmese
quest: jonny
ring: wedding engagement lord finger boxing diamond lords tones
robin: hood batman williams bird nest
rust: oxide iron
safari: kenya lions wildlife park tanzania animals
sage: herb burn burning advice
saturn: planet rings
shell: sea egg turtle bash snail script crab taco beach shocked
slack: cut rope pants
sky: clouds stars sunset
sonic: hedgehog boom screwdriver youth tails knuckles
spirit: holy animal team christmas
spring: summer break autumn flowers cleaning weather equinox rolls training
sprint: usain bolt finish interval scrum agile marathon planning race
square: root footage enix
subway: train station york metro tunnel platform line nyc mta rat
sun: moon sunshine shining solar
target: audience practice shooting archery group market
tesla: nikola coil inventor edison
tide: low high ocean moon turning crimson beach wave red
twitch: eye muscle nerve
uber: mensch
uniform: school police
united: manchester states nations kingdom leeds newcastle utd
vanguard: avant rearguard
virgin: mary islands olive oil birth mojito extra loses
visa: embassy passport immigration h1b visas applicant consulate
whisper: quietly careless
wish: birthday upon star
yahoo: serious
zoom: lens vroom
"""


def _table() -> dict[str, frozenset[str]]:
    rows = (line.split(":", 1) for line in _ROWS.strip().splitlines())
    return {fold(name).strip(): frozenset(fold(hints).split()) for name, hints in rows if hints.strip()}


HOMONYMS: dict[str, frozenset[str]] = _table()
"""Squeezed name → words that speak for its namesake."""
