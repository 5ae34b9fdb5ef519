"""Tables of one language in its old single-byte encoding are read letter by letter; what is told is said.
RELIABILITY.md B6."""

import pytest

from core.data.reading import read
from core.data.reading.languages import told_by_language

TABLES = {
    "Turkish": (
        "cp1254",
        "ad,şehir,n\nAyşe,İstanbul,1\nOğuz,Muğla,2\nÇağrı,Ağrı,3\nŞule,Iğdır,4\nGül,Kırşehir,5\nIşıl,Eskişehir,6\n",
    ),
    "Turkish, trade": (
        "cp1254",
        "isim,bölge,tutar\nMüşteri,Doğu Anadolu,10\nSatış,İç Anadolu,12\nÜrün,Güneydoğu,13\nKayıt,Karadeniz,9\n",
    ),
    "Lithuanian": (
        "cp1257",
        "vardas,miestas,n\nJūratė,Šiauliai,1\nŽygimantas,Panevėžys,2\nAgnė,Mažeikiai,3\nRūta,Kėdainiai,4\nĄžuolas,Radviliškis,5\n",
    ),
    "Latvian": (
        "cp1257",
        "vārds,pilsēta,n\nJānis,Rīga,1\nĒriks,Jūrmala,2\nKārlis,Liepāja,3\nGuntiņš,Jēkabpils,4\nŅina,Cēsis,5\nĢirts,Ķekava,6\n",
    ),
    "Estonian": ("cp1257", "nimi,linn,n\nÕnne,Pärnu,1\nJüri,Jõhvi,2\nTõnis,Põlva,3\nÜlle,Viljandi,4\nKätlin,Võru,5\n"),
    "Czech": ("cp1250", "jméno,město,n\nJiří,Plzeň,34\nŽofie,Děčín,28\nŠtěpán,Třebíč,45\nRůžena,Přerov,3\n"),
    "Polish": (
        "cp1250",
        "imię,miasto,n\nŁukasz,Łódź,1\nMałgorzata,Kraków,2\nŚwiętosława,Gdańsk,3\nZdzisław,Częstochowa,4\nJoanna,Wąchock,5\n",
    ),
    "Hungarian": (
        "cp1250",
        "név,város,n\nŐrs,Győr,1\nÁgnes,Székesfehérvár,2\nGergő,Pécs,3\nKatalin,Kőszeg,4\nTünde,Hódmezővásárhely,5\nGyűrű,Fűzfő,6\n",
    ),
    "Romanian": (
        "cp1250",
        "nume,oraş,n\nIoană,Iaşi,1\nŞtefan,Braşov,2\nMihăiţă,Constanţa,3\nCătălina,Ploieşti,4\nRăzvan,Târgovişte,5\nÎlinca,Bistriţa,6\n",
    ),
    "Croatian": ("cp1250", "ime,grad,n\nŽeljko,Šibenik,1\nĐurđica,Đakovo,2\nIvančica,Čakovec,3\nDražen,Požega,4\n"),
    "Slovak": ("cp1250", "meno,mesto,n\nĽubomír,Žilina,1\nŠtefánia,Košice,2\nJúlia,Piešťany,3\nKôň,Dolný Kubín,4\n"),
    "Slovak, bills": (
        "cp1250",
        "názov,množstvo,n\nčerstvý chlieb,päť kusov,1\nsladké žemle,šesť vrecúšok,2\nkyslá smotana,dva tégliky,3\n",
    ),
    "Slovak, places": (
        "cp1250",
        "obec,okres,n\nTopoľčany,Nitriansky,1\nMichalovce,Košický,2\nHumenné,Prešovský,3\nLučenec,Banská Bystrica,4\n",
    ),
    "Slovak, people": (
        "iso8859-2",
        "meno,povolanie,n\nMária Kováčová,učiteľka,1\nJán Horváth,vodič,2\nZuzana Bednárová,účtovníčka,3\n",
    ),
    "Hungarian, everyday": (
        "cp1250",
        "név,lakcím,n\nSzabó Péter,Fő utca,1\nTóth Éva,Petőfi tér,2\nKovács Ádám,Kossuth út,3\nNagy Ida,Erdő sor,4\n",
    ),
    "Danish, one letter": (
        "cp1252",
        "navn,by,n\nSøren,Helsingør,1\nJørgen,Køge,2\nBirthe,Rønne,3\nLone,Tønder,4\n",
    ),
    "Slovenian": ("cp1250", "ime,mesto,n\nŽiga,Škofja Loka,1\nČrt,Brežice,2\nUrška,Krško,3\nJože,Črnomelj,4\n"),
    "French": ("cp1252", "nom,ville,n\nHélène,Besançon,1\nFrançois,Saint-Étienne,2\nZoé,Nîmes,3\nAnaïs,Orléans,4\n"),
    "German": ("cp1252", "Name,Stadt,n\nJürgen,München,1\nGrößmann,Köln,2\nKäthe,Düsseldorf,3\n"),
    "Swedish": ("cp1252", "namn,stad,n\nÅsa,Malmö,1\nBjörn,Västerås,2\nSören,Göteborg,3\n"),
    "Icelandic": (
        "cp1252",
        "nafn,bær,n\nÞórður,Reykjavík,1\nGuðrún,Akureyri,2\nÆgir,Ísafjörður,3\nSigríður,Selfoss,4\n",
    ),
    "Portuguese": ("cp1252", "nome,cidade,n\nJoão,São Paulo,1\nConceição,Brasília,2\nAntônio,Goiânia,3\n"),
    "Spanish": ("cp1252", "nombre,ciudad,n\nIñaki,Logroño,1\nMaría,Cádiz,2\nJesús,León,3\n"),
}
NORTH = "name,city,n\nÞórður,Ísafjörður,1\nMüller,Nürnberg,2\nJosé,Córdoba,3\nGuðný,Siglufjörður,4\nFrançois,Nîmes,5\n"
MIXED = "name,city,n\nBenoît,Août,1\nMüller,Köln,2\nJosé,Logroño,3\nÅsa,Malmö,4\nPõlva,Võru,5\nSøren,Ærø,6\n"


@pytest.mark.parametrize("language", TABLES)
def test_a_table_of_one_language_is_read_letter_by_letter(language):
    codec, text = TABLES[language]
    reading = read(text.encode(codec))
    head, *rows = [line.split(",") for line in text.splitlines()]
    assert reading.outcome == "warned" and [column.name for column in reading.columns] == head
    assert [[str(cell) for cell in row.values()] for row in reading.table.data.to_pylist()] == rows
    assert any("UTF-8" in message.text for message in reading.messages)


def test_western_letters_that_are_rare_elsewhere_stay_western():
    reading = read(NORTH.encode("cp1252"))
    assert reading.table.data.column("name").to_pylist() == ["Þórður", "Müller", "José", "Guðný", "François"]


def test_western_languages_mixed_stay_western():
    reading = read(MIXED.encode("cp1252"))
    assert reading.encoding.value == "windows-1252"
    assert reading.table.data.column("name").to_pylist() == ["Benoît", "Müller", "José", "Åsa", "Põlva", "Søren"]


@pytest.mark.parametrize(
    "sample", ["aşb".encode("cp1254"), "Мария".encode("cp1251"), "20°C 5€ ½".encode("cp1252"), b"ab"]
)
def test_too_little_or_no_language_tells_nothing(sample):
    assert told_by_language(sample) is None
