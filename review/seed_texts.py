"""What made-up people say, and what they are told: by language."""

from __future__ import annotations

SUBJECTS = {
    "en": [
        ("the Tbilisi metro", "stations", "It opened in 1966 and has two lines."),
        ("sourdough bread", "hours", "Feed the starter, wait until it doubles, then bake it hot."),
        ("tides", "tides a day", "The moon pulls the near side more, and the far side less."),
        (
            "a Python generator",
            "values",
            "It gives one value at a time:\n\n```python\nyield item\n```",
        ),
        ("photosynthesis", "steps", "Light splits water; the energy then binds carbon dioxide."),
        ("a rental contract", "months", "Read the **notice period** first, then the deposit."),
        ("Saturn’s rings", "rings", "They are ice and rock, and only about ten metres thick."),
        ("a database index", "rows", "| without | with |\n|---|---|\n| reads all | reads few |"),
        (
            "compound interest",
            "years",
            "Interest earns interest, so the sum doubles in about `72 / rate` years.",
        ),
        (
            "a vaccine",
            "doses",
            "It shows the body a harmless part of the germ, so that it is ready later.",
        ),
        (
            "the offside rule",
            "players",
            "Two defenders, the keeper among them, must be nearer to the line.",
        ),
        (
            "a regular expression",
            "groups",
            "Use `\\d+` for numbers:\n\n```python\nre.findall(r'\\d+', text)\n```",
        ),
        (
            "the French Revolution",
            "phases",
            "1. The estates meet\n2. The monarchy falls\n3. The Directory rules",
        ),
        ("a sonnet", "lines", "Fourteen lines in iambic pentameter, and a turn before the end."),
        (
            "pickling cucumbers",
            "jars",
            "Salt, water, dill and a week in the dark; keep them below the brine.",
        ),
        (
            "insulation of an attic",
            "layers",
            "Twenty centimetres of mineral wool, and a vapour barrier on the warm side.",
        ),
    ],
    "ru": [
        ("небо голубое", "цвета", "Короткие волны света рассеиваются сильнее длинных."),
        ("хлеб на закваске поднимается", "часы", "Дрожжи выделяют газ, и тесто растёт."),
        ("в море бывают приливы", "приливы", "Луна притягивает ближнюю сторону сильнее."),
        ("кошки мурлычут", "звуки", "Мышцы гортани сокращаются много раз в секунду."),
        (
            "железо ржавеет",
            "причины",
            "Железо соединяется с кислородом и водой; краска этому мешает.",
        ),
        (
            "в Тбилиси тёплые зимы",
            "месяцы",
            "Горы закрывают город от северного ветра, а море смягчает погоду.",
        ),
    ],
    "de": [
        (
            "der Himmel am Abend rot wird",
            "Farben",
            "Das Licht geht einen längeren Weg durch die Luft.",
        ),
        ("Brot im Ofen aufgeht", "Stunden", "Die Hefe bildet Gas, und der Teig wird größer."),
        ("ein Fahrrad nicht umfällt", "Kräfte", "Lenkung und Schwerpunkt gleichen das Kippen aus."),
    ],
}
ASKING = {
    "en": [
        "Can you explain {} to me, please?",
        "I do not understand {}. Where do I begin?",
        "What should everybody know about {}?",
    ],
    "ru": ["Объясни, пожалуйста, почему {}?", "Расскажи простыми словами, почему {}."],
    "de": ["Kannst du mir bitte erklären, warum {}?", "Ich möchte wissen, warum {}."],
}
GOING_ON = {
    "en": [
        "And how many {} are there?",
        "Are you sure about the {}?",
        "Say it in one sentence, please.",
    ],
    "ru": ["А какие бывают {}?", "Ты в этом уверен? Расскажи подробнее."],
    "de": ["Und welche {} gibt es dabei?", "Bist du sicher? Sag es bitte kürzer."],
}
MORE = {
    "en": [
        "That is the short answer.",
        "There is more to it, but this is what matters.",
        "Tell me if you want an example.",
        "Many people get this wrong.",
    ],
    "ru": ["Это короткий ответ.", "Если нужно, приведу пример."],
    "de": ["Das ist die kurze Antwort.", "Wenn du willst, gebe ich ein Beispiel."],
}
#: What a question adds for itself, so that hardly any two of a thousand are the same.
DETAILS = {
    "en": ["I need it for {} in {}.", "It is for {}; I live in {}.", "We talk of it at {} in {}."],
    "ru": ["Это нужно для «{}», город {}.", "Тема: {}, город {}."],
    "de": ["Ich brauche es für {} in {}.", "Es geht um {} in {}."],
}
OCCASIONS = {
    "en": "a school lesson|a wedding speech|my thesis|a job interview|a podcast|the town council|"
    "a museum guide|my daughter|a newsletter|an exam|a quiz night|a neighbour|a workshop|a bet|"
    "the allotment society|a film script",
    "ru": "урок|доклад|экзамен|статья|экскурсия|викторина|письмо бабушке|курсовая работа",
    "de": "eine Prüfung|einen Vortrag|den Unterricht|ein Quiz|einen Brief|die Zeitung",
}
PLACES = {
    "en": "Aberdeen|Adelaide|Austin|Belfast|Bergen|Boston|Bristol|Calgary|Cape Town|Cardiff|"
    "Chicago|Cork|Delhi|Dublin|Durban|Galway|Glasgow|Halifax|Hobart|Houston|Kingston|Lagos|"
    "Leeds|Leicester|Lusaka|Manchester|Melbourne|Memphis|Nairobi|Norwich|Oslo|Ottawa|Perth|"
    "Phoenix|Portland|Reykjavik|Sheffield|Swansea|Toronto|Wellington|Windhoek|York",
    "ru": "Батуми|Воронеж|Ереван|Казань|Кутаиси|Минск|Омск|Пермь|Самара|Тбилиси|Тверь|Томск",
    "de": "Aachen|Basel|Bremen|Graz|Hamburg|Kassel|Leipzig|Linz|Mainz|Rostock|Wien|Zürich",
}
