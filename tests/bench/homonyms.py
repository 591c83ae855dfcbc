"""Invented posts on eight names that are also something else: `python -m tests.bench about DIR` measures on them.

Ours, written by hand; the brands are imagined ones of these names. Eight posts each way.
"""

from bot.readers.about_evaluate import Row

_US = {
    "Robin": """Robin will not let me book the desk by the window
The Robin app logged me out in the middle of a meeting
Our office pays Robin every month and the room display is blank
Robin double booked the big room again
Anyone else locked out of Robin this morning?
Robin raised the price per seat without telling us
I like how Robin shows who is in the office today
Check-in on Robin takes three tries""",
    "Shell": """Shell charged my card twice at the pump
The coffee at the Shell on the A9 was cold
My Shell loyalty points vanished overnight
Shell raised diesel by ten cents since Monday
Car wash at Shell scratched my door
Queued twenty minutes at Shell and two pumps were out of order
The Shell app cannot find my nearest station
Friendly staff at our local Shell as always""",
    "Lotus": """Lotus has had my car in the workshop for six weeks
Test drove the new Lotus and the steering is superb
Lotus will not honour the warranty on my gearbox
Waiting for a part from Lotus since April
The screen in my Lotus reboots on the motorway
Lotus dealer never called back about the recall
Insurance on a Lotus costs more than my rent
Lotus sent me an invoice for a service they never did""",
    "Orange": """Orange cut my internet for the third time this week
Switching away from Orange after the bill they sent me
No signal from Orange anywhere in our village
Orange keeps me in a phone queue for an hour
The Orange router arrived broken
My contract with Orange ends in May and I cannot wait
Orange roaming worked perfectly in Spain
Orange charged me for a film I never rented""",
    "Jaguar": """My Jaguar broke down two days after the service
Jaguar quoted me four thousand for a headlight
The heating in my Jaguar stopped in January
Jaguar customer care has gone silent on my complaint
Picked up the Jaguar today, what a drive
Three recalls on one Jaguar, I have had enough
Jaguar dealer lost my spare key
The Jaguar app says my car is in the sea""",
    "Delta": """Delta left us at the gate for six hours
My suitcase never arrived, Delta has no idea where it is
Delta moved our seats apart and kept the money
Landed early with Delta, smooth flight
Delta cancelled the evening flight by text at midnight
The crew on Delta was wonderful with our kids
Still waiting for the Delta refund from March
Delta wants a fee for a carry-on that fits""",
    "Amazon": """Amazon left the parcel in the rain again
My Amazon order says delivered and nothing is here
Amazon will not take back a broken kettle
Third Amazon driver this week who could not find the door
Amazon locked my account over a gift card
Prime went up again, goodbye Amazon
Returned it to Amazon and the refund came the same day
Amazon sold me a fake charger""",
    "Dove": """Dove changed the soap and now my skin itches
The Dove shampoo bottle leaked all over my bag
Dove deodorant left white marks on every shirt
Where can I buy the old Dove cream, nobody has it
Found a plastic shard in my Dove bar
Dove promised a voucher and never sent it
Love the new Dove conditioner
Dove costs twice what it did last year""",
}
_NOT = {
    "Robin": """A robin sings on our fence every morning
Robin Hood is on tonight with the kids
There was a robin hopping in the snow
Batman without Robin is half the fun
My uncle Robin turned sixty yesterday
A robin built its nest in the old kettle
Robin Williams made me cry and laugh
Painted a robin on the Christmas cards""",
    "Shell": """She found a pink shell on the beach
The egg shell broke into tiny pieces
Wrote a shell script to rename the photos
A turtle pulls its head into its shell
Boil them until the shell cracks
He came out of his shell at the party
Shell necklaces are back this summer
The walnut shell goes on the compost""",
    "Lotus": """The lotus opens at dawn on our pond
I can finally sit in the lotus position
A white lotus stands for purity
Lotus seeds make a lovely soup
Watched the second season of The White Lotus
Lotus leaves shed every drop of water
Painted a lotus on silk for my mother
Meditating under the lotus at the temple""",
    "Orange": """Peeled an orange on the train
Orange and black are this season's colours
Fresh orange juice is so expensive
The sky turned orange over the harbour
My cat is orange and has one brain cell
An orange tree on the balcony needs more sun
Orange marmalade on toast, please
They painted the bus orange""",
    "Jaguar": """A jaguar was filmed near the river
The jaguar is the biggest cat of the Americas
We saw a jaguar cub at the zoo
Jaguar tracks in the mud by the camp
The jaguar swims and hunts caimans
Deforestation leaves the jaguar nowhere to go
A black jaguar is not another species
My daughter drew a jaguar with wings""",
    "Delta": """The delta variant is in the news again
Rice grows all over the river delta
He played the delta blues on a steel guitar
Find the delta between the two values
Flamingos rest in the delta in spring
She joined Delta Sigma Theta at college
The Nile delta seen from space
Kayaking through the delta at low tide""",
    "Amazon": """Fires in the Amazon can be seen from orbit
The Amazon carries a fifth of the world's river water
Pink dolphins live in the Amazon
Hiking in the Amazon with a guide from a local tribe
She fought like an Amazon of the old stories
Parrots of the Amazon for sale is a crime
The Amazon lost another thousand square miles
A canoe down the Amazon for six weeks""",
    "Dove": """A dove cooed outside the window at dawn
They released a white dove at the wedding
He dove into the lake without looking
The dove carries an olive branch
She dove for the ball and saved it
A mourning dove nests above our door
Dove hunting opens in September
The goalkeeper dove the wrong way""",
}


def rows() -> list[Row]:
    """Every post with its brand and whether it is about the brand."""
    kinds = ((_US, True), (_NOT, False))
    return [Row(brand, text, us) for said, us in kinds for brand, lines in said.items() for text in lines.splitlines()]
