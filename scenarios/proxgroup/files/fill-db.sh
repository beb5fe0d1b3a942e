#!/bin/sh
# Gives the old host's database the association's articles (200) and members (150).
# Run inside its container: docker exec -i CONTAINER sh -s < fill-db.sh
set -eu

tries=0
until mariadb -e 'SELECT 1 FROM mysql.user WHERE User = "site"' >/dev/null 2>&1; do
	tries=$((tries + 1))
	if [ "$tries" -ge 150 ]; then echo 'fill-db: the database does not answer' >&2; exit 1; fi
	sleep 0.2
done

python3 - <<'PYTHON' | mariadb --default-character-set=utf8mb4 site
from datetime import datetime, timedelta

EVENTS = [
    ("Compte rendu de la permanence", "La permanence s'est tenue à la maison des associations"),
    ("Atelier réparation", "L'atelier a accueilli des habitants du quartier venus avec leurs appareils en panne"),
    ("Install-party", "Les bénévoles ont installé des systèmes libres sur les ordinateurs apportés"),
    ("Assemblée générale", "L'assemblée générale ordinaire s'est réunie sur convocation du bureau"),
    ("Nouvelles de l'hébergement", "L'équipe technique a consacré la semaine à l'entretien des services"),
    ("Rencontre avec la médiathèque", "Nous avons présenté nos activités au public de la médiathèque"),
    ("Sortie de printemps", "Une trentaine d'adhérents ont pris part à la sortie annuelle"),
    ("Formation des bénévoles", "La formation portait sur l'accueil du public et la tenue du registre"),
]
SENTENCES = [
    "Le bureau remercie les {n} personnes présentes pour leur aide précieuse.",
    "Le prochain rendez-vous est fixé au premier samedi du mois, à {h} heures.",
    "Les comptes font apparaître un excédent de {n} euros, reporté sur l'exercice suivant.",
    "Il reste {n} places pour l'atelier, l'inscription se fait auprès du secrétariat.",
    "La question du matériel a été longuement débattue, {n} machines seront données à une école.",
    "Le règlement intérieur sera complété par un article sur la protection des données.",
    "Une adhérente propose de traduire la documentation, {n} pages sont déjà relues.",
    "Les services hébergés ont répondu sans interruption pendant {n} jours.",
    "La cotisation annuelle reste à {h} euros, à prix libre pour les étudiants.",
    "Le compte rendu complet est affiché au local et envoyé à la liste de diffusion.",
]
FIRST_NAMES = ["Camille", "Léa", "Hugo", "Chloé", "Noé", "Inès", "Étienne", "Zoé", "Mathis", "Aïcha", "Gaëlle", "Loïc"]
LAST_NAMES = ["Martin", "Bernard", "Dubois", "Lefèvre", "Moreau", "Garçon", "Petit", "Benoît", "Roux", "Françoise"]
TOWNS = ["Lyon", "Villeurbanne", "Bron", "Vénissieux", "Oullins", "Décines"]


def text(value):
    return "'" + str(value).replace("\\", "\\\\").replace("'", "''") + "'"


def paragraph(article, number):
    start = article * 7 + number * 3
    picked = (SENTENCES[(start + k * (1 + number % 3)) % len(SENTENCES)] for k in range(7))
    return " ".join(s.format(n=2 + (article * 31 + number * 17 + k) % 97, h=10 + (article + k) % 9) for k, s in enumerate(picked))


print("""
CREATE TABLE IF NOT EXISTS articles (
    id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
    uid VARCHAR(190) NULL UNIQUE,
    title VARCHAR(200) NOT NULL,
    published DATETIME NOT NULL,
    body MEDIUMTEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS members (
    id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
    name VARCHAR(100) NOT NULL,
    email VARCHAR(190) NOT NULL UNIQUE,
    town VARCHAR(60) NOT NULL,
    joined DATE NOT NULL,
    paid_until DATE NULL
);
START TRANSACTION;""")

first = datetime(2014, 9, 6, 14, 30)
for i in range(200):
    title, opening = EVENTS[i % len(EVENTS)]
    published = first + timedelta(days=9 * i, minutes=13 * (i % 20))
    body = f"{opening}.\n\n" + "\n\n".join(paragraph(i, k) for k in range(12 + i % 16))
    print(
        f"INSERT IGNORE INTO articles (id, title, published, body) VALUES"
        f" ({i + 1}, {text(f'{title} n° {i // len(EVENTS) + 1}')}, '{published}', {text(body)});"
    )
for i in range(150):
    name = f"{FIRST_NAMES[i % len(FIRST_NAMES)]} {LAST_NAMES[(i * 7 + i // 12) % len(LAST_NAMES)]}"
    joined = first.date() + timedelta(days=(i * 53) % 1700)
    paid = "NULL" if i % 9 == 0 else f"'{2018 + i % 2}-12-31'"
    print(
        f"INSERT IGNORE INTO members (id, name, email, town, joined, paid_until) VALUES"
        f" ({i + 1}, {text(name)}, 'adherent{i + 1:03d}@example.org', {text(TOWNS[i % len(TOWNS)])}, '{joined}', {paid});"
    )
print("COMMIT;")
PYTHON
mariadb -N -e 'SELECT CONCAT("fill-db: ", (SELECT COUNT(*) FROM articles), " articles, ",
	(SELECT COUNT(*) FROM members), " members")' site
