"""Files as they go wrong in the world, made by hand from public knowledge of how they do, with the table they hold.

Sources: Pollock (Vitagliano et al. 2023) for the kinds of damage; the issue trackers of pandas,
DuckDB and CleverCSV; RELIABILITY B1-B22."""

import gzip
import io
import zipfile
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Case:
    """outcome: 'loaded', 'warned', 'refused', or 'told' (warned or refused, both are right).
    rows: the right table (None: only the outcome counts). says: words that a message must hold."""

    name: str
    data: bytes
    outcome: str
    names: tuple[str, ...] | None = None
    rows: tuple[tuple[Any, ...], ...] | None = None
    types: tuple[str, ...] | None = None
    says: str = ""


CASES: list[Case] = []


def case(name, data, outcome, names=None, rows=None, types=None, says="", encoding="utf-8"):
    content = data.encode(encoding) if isinstance(data, str) else data
    split = tuple(names.split("|")) if isinstance(names, str) else names
    kinds = tuple(types.split()) if types else None
    CASES.append(
        Case(name, content, outcome, split, tuple(map(tuple, rows)) if rows is not None else None, kinds, says)
    )


def day(text):
    return datetime.fromisoformat(text)


PEOPLE = (("Ann", 34, 1.5), ("Bob", 28, 2.25), ("Cleo", 45, 3.0))
PEOPLE_CSV = "name,age,score\nAnn,34,1.5\nBob,28,2.25\nCleo,45,3.0\n"
N = "name|age|score"

# ---- plain, and delimiters (B7)
case("plain", PEOPLE_CSV, "loaded", N, PEOPLE, "category number number")
case("plain crlf", PEOPLE_CSV.replace("\n", "\r\n"), "loaded", N, PEOPLE)
case("plain cr", PEOPLE_CSV.replace("\n", "\r"), "loaded", N, PEOPLE)
case("no newline at the end", PEOPLE_CSV.rstrip("\n"), "loaded", N, PEOPLE)
case("two newlines at the end", PEOPLE_CSV + "\n\n", "loaded", N, PEOPLE)
case("ctrl-z at the end", PEOPLE_CSV + "\x1a", "loaded", N, PEOPLE)
case("double carriage returns", PEOPLE_CSV.replace("\n", "\r\r\n"), "loaded", N, PEOPLE)
for mark, called in (
    (";", "semicolon"),
    ("\t", "tab"),
    ("|", "pipe"),
    ("^", "caret"),
    ("~", "tilde"),
    ("\x01", "control"),
    ("||", "two pipes"),
    ("::", "two colons"),
    (":", "colon"),
):
    case(f"delimiter {called}", PEOPLE_CSV.replace(",", mark), "loaded", N, PEOPLE)
case("delimiter blank", PEOPLE_CSV.replace(",", " "), "loaded", N, PEOPLE)
case("delimiter runs of blanks", "name  age score\nAnn   34  1.5\nBob   28  2.25\nCleo  45  3.0\n", "loaded", N, PEOPLE)
case("delimiter comma and blank", PEOPLE_CSV.replace(",", ", "), "loaded", N, PEOPLE)
case("header alone has blanks", "name, age, score\nAnn,34,1.5\nBob,28,2.25\nCleo,45,3.0\n", "loaded", N, PEOPLE)
case("sep line", "sep=;\nname;age\nAnn;34\nBob;28\n", "loaded", "name|age", [("Ann", 34), ("Bob", 28)])
case(
    "sep line comma crlf", "sep=,\r\nname,age\r\nAnn,34\r\nBob,28\r\n", "loaded", "name|age", [("Ann", 34), ("Bob", 28)]
)
case("sep line tab", "sep=\t\nname\tage\nAnn\t34\nBob\t28\n", "loaded", "name|age", [("Ann", 34), ("Bob", 28)])
case(
    "commas inside semicolon cells",
    "name;age\nSmith, Ann;34\nJones, Bob;28\nDoe, Cleo;45\n",
    "loaded",
    "name|age",
    [("Smith, Ann", 34), ("Jones, Bob", 28), ("Doe, Cleo", 45)],
)
case(
    "semicolons inside comma cells",
    'id,tags\n1,"a;b"\n2,"c;d"\n3,"e;f"\n',
    "loaded",
    "id|tags",
    [(1, "a;b"), (2, "c;d"), (3, "e;f")],
)
case(
    "semicolons unquoted in comma cells",
    "id,tags,n\n1,a;b,5\n2,c;d,6\n3,e;f,7\n",
    "loaded",
    "id|tags|n",
    [(1, "a;b", 5), (2, "c;d", 6), (3, "e;f", 7)],
)
case(
    "pipes inside comma cells",
    "id,genres,year\n1,Action|Comedy,1999\n2,Drama,2001\n3,Drama|War,2005\n",
    "loaded",
    "id|genres|year",
    [(1, "Action|Comedy", 1999), (2, "Drama", 2001), (3, "Drama|War", 2005)],
)
case(
    "times do not split at the colon",
    "time,value\n2024-01-01 10:00:00,1\n2024-01-01 11:00:00,2\n",
    "loaded",
    "time|value",
    [(day("2024-01-01T10:00"), 1), (day("2024-01-01T11:00"), 2)],
)
case(
    "text with blanks in a tab file",
    "title\tpages\nA long way home\t320\nThe sea\t210\n",
    "loaded",
    "title|pages",
    [("A long way home", 320), ("The sea", 210)],
)
case(
    "urls",
    "url,hits\nhttps://a.org/x?y=1&z=2,5\nhttps://b.org/,7\n",
    "loaded",
    "url|hits",
    [("https://a.org/x?y=1&z=2", 5), ("https://b.org/", 7)],
)

# ---- quotes (B8, B9)
case(
    "quoted delimiter",
    'name,city\n"Smith, Ann",Rome\n"Doe, Bob",Paris\n',
    "loaded",
    "name|city",
    [("Smith, Ann", "Rome"), ("Doe, Bob", "Paris")],
)
case("all quoted", '"name","age"\n"Ann","34"\n"Bob","28"\n', "loaded", "name|age", [("Ann", 34), ("Bob", 28)])
case(
    "doubled quotes",
    'id,said\n1,"she said ""hi"""\n2,"""x"""\n',
    "loaded",
    "id|said",
    [(1, 'she said "hi"'), (2, '"x"')],
)
case("quoted newline", 'id,text\n1,"two\nlines"\n2,one\n', "loaded", "id|text", [(1, "two\nlines"), (2, "one")])
case(
    "quoted newline crlf",
    'id,text\r\n1,"two\r\nlines"\r\n2,one\r\n',
    "loaded",
    "id|text",
    [(1, "two\r\nlines"), (2, "one")],
)
case("quoted empty", 'id,text\n1,""\n2,a\n', "loaded", "id|text", [(1, None), (2, "a")])
case("inch marks", 'part,size\nA,5"\nB,12"\nC,7"\n', "loaded", "part|size", [("A", '5"'), ("B", '12"'), ("C", '7"')])
case(
    "quote inside a cell",
    'name,n\nDwayne "The Rock" Johnson,1\nAnn,2\n',
    "loaded",
    "name|n",
    [('Dwayne "The Rock" Johnson', 1), ("Ann", 2)],
)
case(
    "backslash escapes",
    'id,said\n1,"she said \\"hi\\", then left"\n2,"plain"\n3,"a, b"\n',
    "loaded",
    "id|said",
    [(1, 'she said "hi", then left'), (2, "plain"), (3, "a, b")],
)
case(
    "single quotes",
    "id,name\n1,'Smith, Ann'\n2,'Doe, Bob'\n",
    "loaded",
    "id|name",
    [(1, "Smith, Ann"), (2, "Doe, Bob")],
)
case(
    "apostrophes are no quotes",
    "id,name\n1,O'Brien\n2,'t Hooft\n3,D'Arcy\n",
    "loaded",
    "id|name",
    [(1, "O'Brien"), (2, "'t Hooft"), (3, "D'Arcy")],
)
case(
    "blank before a quote",
    'id, name, n\n1, "Smith, Ann", 5\n2, "Doe, Bob", 6\n',
    "loaded",
    "id|name|n",
    [(1, "Smith, Ann", 5), (2, "Doe, Bob", 6)],
)
case("unclosed quote", 'id,name,n\n1,"Ann,5\n2,Bob,6\n3,Cleo,7\n', "refused", says="Line 2")
case("unclosed quote closed by a later one", 'id,name,n\n1,"Ann,5\n2,"Bob",6\n3,"Cleo",7\n', "refused", says="Line 2")
case("unclosed quote at the end", 'id,name\n1,Ann\n2,"Bob\n', "refused", says="Line 3")
case(
    "stray quote after a quoted cell",
    'id,name,n\n1,"Ann"x,5\n2,"Bob",6\n3,"Cleo",7\n',
    "told",
    "id|name|n",
    [(1, '"Ann"x', 5), (2, "Bob", 6), (3, "Cleo", 7)],
    says="Line 2",
)
case(
    "undoubled quotes inside",
    'id,said,n\n1,"she said "hi" to me",5\n2,"b",6\n',
    "told",
    "id|said|n",
    [(1, 'she said "hi" to me', 5), (2, "b", 6)],
    says="Line 2",
)
case(
    "whole lines quoted",
    '"id,name,n"\n"1,Ann,5"\n"2,""Smith, Bob"",6"\n',
    "told",
    "id|name|n",
    [(1, "Ann", 5), (2, "Smith, Bob", 6)],
)
case(
    "a million characters in a cell",
    "id,text\n1," + "x" * 1_000_000 + "\n2,b\n",
    "loaded",
    "id|text",
    [(1, "x" * 1_000_000), (2, "b")],
)
case(
    "formulas stay text",
    'a,b\n"=1+2",1\n"+cmd",2\n"-x",3\n"@y",4\n',
    "loaded",
    "a|b",
    [("=1+2", 1), ("+cmd", 2), ("-x", 3), ("@y", 4)],
)

# ---- ragged rows (B10)
case(
    "short row at its end",
    "a,b,c\n1,2,3\n4,5\n6,7,8\n",
    "told",
    "a|b|c",
    [(1, 2, 3), (4, 5, None), (6, 7, 8)],
    says="Line 3",
)
case("short row shifted", "id,name,n\n1,Ann,5\n2,6\n3,Bob,7\n4,Cy,8\n", "told", says="Line 3")
case("short row, words under numbers", "n,m,name\n1,5,Ann\n2,Bob\n3,6,Cy\n4,7,Di\n", "refused", says="Line 3")
case("long row", "id,name,n\n1,Ann,5\n2,Smith, Bob,6\n3,Cy,7\n", "refused", says="Line 3")
case("every row longer than the header", "a,b\n1,2,3\n4,5,6\n7,8,9\n", "told", says="Line 1")
case("header longer than every row", "a,b,c\n1,2\n3,4\n5,6\n", "told")
case("trailing commas everywhere", "a,b,\n1,2,\n3,4,\n", "told", "a|b", [(1, 2), (3, 4)])
case("trailing commas in rows only", "a,b\n1,2,\n3,4,\n", "told", "a|b", [(1, 2), (3, 4)])
case("row labels as R writes them", '"mpg","cyl"\n"Mazda",21,6\n"Datsun",22.8,4\n"Hornet",21.4,6\n', "told")
case("empty line inside", "a,b\n1,2\n\n3,4\n", "loaded", "a|b", [(1, 2), (3, 4)])
case("empty line in one column", "a\n1\n\n3\n", "told", "a", [(1,), (None,), (3,)])
case("rows of empty cells at the end", "a,b\n1,2\n3,4\n,\n,\n", "told", "a|b", [(1, 2), (3, 4)])
case("blank lines before the header", "\n\na,b\n1,2\n3,4\n", "loaded", "a|b", [(1, 2), (3, 4)])

# ---- above, below, between (B10)
case(
    "title above",
    "Sales report 2024\n\nid,name,n\n1,Ann,5\n2,Bob,6\n",
    "told",
    "id|name|n",
    [(1, "Ann", 5), (2, "Bob", 6)],
    says="Line 1",
)
case(
    "title without an empty line",
    "Sales report\nid,name,n\n1,Ann,5\n2,Bob,6\n",
    "told",
    "id|name|n",
    [(1, "Ann", 5), (2, "Bob", 6)],
)
case(
    "title padded by a spreadsheet",
    "Sales report,,\n,,\nid,name,n\n1,Ann,5\n2,Bob,6\n",
    "told",
    "id|name|n",
    [(1, "Ann", 5), (2, "Bob", 6)],
)
case(
    "keys and values above",
    "Station:,Kiel\nDate:,2024-01-01\n\ntime,temp,wind\n10,1.5,3\n11,1.7,4\n12,1.9,5\n",
    "told",
    "time|temp|wind",
    [(10, 1.5, 3), (11, 1.7, 4), (12, 1.9, 5)],
)
case("comments above", "# made by x\n# on Monday\na,b\n1,2\n3,4\n", "told", "a|b", [(1, 2), (3, 4)])
case("comment with commas above", "# a, b, and c\nx,y\n1,2\n3,4\n", "told", "x|y", [(1, 2), (3, 4)])
case("comments inside", "a,b\n1,2\n# note\n3,4\n", "told", "a|b", [(1, 2), (3, 4)], says="Line 3")
case("header behind a hash", "#id,n\n1,2\n3,4\n", "told", "id|n", [(1, 2), (3, 4)])
case("hashtags are no comments", "n,tag\n1,#a\n2,#b\n3,#a\n", "loaded", "n|tag", [(1, "#a"), (2, "#b"), (3, "#a")])
case(
    "colours are no comments",
    "colour,n\n#ff0000,1\n#00ff00,2\n#0000ff,3\n",
    "loaded",
    "colour|n",
    [("#ff0000", 1), ("#00ff00", 2), ("#0000ff", 3)],
)
case(
    "source below",
    "a,b,c\n1,2,3\n4,5,6\nSource: statistics office\n",
    "told",
    "a|b|c",
    [(1, 2, 3), (4, 5, 6)],
    says="Line 4",
)
case("row count below", "a,b,c\n1,2,3\n4,5,6\n\n(2 rows affected)\n", "told", "a|b|c", [(1, 2, 3), (4, 5, 6)])
case(
    "total below",
    "item,n,price\na,1,10\nb,2,20\nc,3,30\nTotal,6,60\n",
    "told",
    "item|n|price",
    [("a", 1, 10), ("b", 2, 20), ("c", 3, 30)],
    says="Total",
)
case(
    "total with empty cells",
    "item,kind,n\na,x,1\nb,y,2\nc,x,3\nTotal,,6\n",
    "told",
    "item|kind|n",
    [("a", "x", 1), ("b", "y", 2), ("c", "x", 3)],
)
case(
    "total behind an empty line",
    "item,n,m\na,1,5\nb,2,6\n\nTotal,3,11\n",
    "told",
    "item|n|m",
    [("a", 1, 5), ("b", 2, 6)],
)
case("header repeated", "a,b\n1,2\n3,4\na,b\n5,6\n", "told", "a|b", [(1, 2), (3, 4), (5, 6)], says="Line 4")
case("two tables of another width", "a,b\n1,2\n3,4\n\nx,y,z\n5,6,7\n8,9,10\n", "told")
case("two tables, wide first", "x,y,z\n5,6,7\n8,9,10\n\na,b\n1,2\n3,4\n", "refused")
case("two tables of the same width", "a,b\n1,2\n3,4\n\nc,d\n5,6\n7,8\n", "told")
case("two tables without an empty line", "a,b\n1,2\n3,4\n5,6\nc,d\n5,6\n7,8\n9,9\n", "told")
case(
    "names on two rows",
    "name,weight,height\n,kg,cm\nAnn,60,170\nBob,80,180\n",
    "told",
    "name|weight kg|height cm",
    [("Ann", 60, 170), ("Bob", 80, 180)],
)
case(
    "names on two rows, every cell",
    "DATE,Qty\nDATE,Qty total\n2018-01-28,2\n2018-01-29,0\n2018-01-30,1\n",
    "told",
    "DATE DATE|Qty Qty total",
    None,
)

# ---- headers (B4, B11)
case(
    "no header, numbers",
    "5.1,3.5,1.4\n4.9,3.0,1.4\n4.7,3.2,1.3\n",
    "told",
    "column_1|column_2|column_3",
    [(5.1, 3.5, 1.4), (4.9, 3.0, 1.4), (4.7, 3.2, 1.3)],
)
case(
    "no header, numbers and a label",
    "0.02,0.03,R\n0.04,0.05,M\n0.06,0.07,R\n",
    "told",
    None,
    [(0.02, 0.03, "R"), (0.04, 0.05, "M"), (0.06, 0.07, "R")],
)
case(
    "no header, pima",
    "6,148,72,1\n1,85,66,0\n8,183,64,1\n",
    "told",
    None,
    [(6, 148, 72, 1), (1, 85, 66, 0), (8, 183, 64, 1)],
)
case(
    "no header, words come back",
    "Rome,red\nParis,blue\nRome,blue\nParis,red\n",
    "told",
    None,
    [("Rome", "red"), ("Paris", "blue"), ("Rome", "blue"), ("Paris", "red")],
)
case(
    "no header, dates",
    "2024-01-01,5\n2024-01-02,6\n2024-01-03,7\n",
    "told",
    None,
    [(day("2024-01-01"), 5), (day("2024-01-02"), 6), (day("2024-01-03"), 7)],
)
case(
    "years as names",
    "country,1960,1961,1962\nPeru,1.5,1.6,1.7\nChad,2.5,2.6,2.7\n",
    "loaded",
    "country|1960|1961|1962",
    [("Peru", 1.5, 1.6, 1.7), ("Chad", 2.5, 2.6, 2.7)],
)
case(
    "counted names",
    "0,1,2,label\n0.1,0.2,0.3,a\n0.4,0.5,0.6,b\n",
    "told",
    "0|1|2|label",
    [(0.1, 0.2, 0.3, "a"), (0.4, 0.5, 0.6, "b")],
)
case("duplicate names", "a,b,a\n1,2,3\n4,5,6\n", "told", "a|b|a_2", [(1, 2, 3), (4, 5, 6)])
case("duplicate names, one taken", "a,a,a_2\n1,2,3\n4,5,6\n", "told", "a|a_3|a_2", [(1, 2, 3), (4, 5, 6)])
case("blank name", "a,,c\n1,2,3\n4,5,6\n", "told", "a|column_2|c", [(1, 2, 3), (4, 5, 6)])
case(
    "index column of pandas",
    ",a,b\n0,1.5,x\n1,2.5,y\n2,3.5,x\n",
    "told",
    "column_1|a|b",
    [(0, 1.5, "x"), (1, 2.5, "y"), (2, 3.5, "x")],
)
case("long name", "a," + "x" * 10_000 + "\n1,2\n3,4\n", "loaded", ("a", "x" * 10_000), [(1, 2), (3, 4)])
case("names with line ends", '"a\nb",c\n1,2\n3,4\n', "loaded", ("a\nb", "c"), [(1, 2), (3, 4)])
case(
    "all words",
    "name,city\nAnn,Rome\nBob,Paris\nCleo,Bonn\n",
    "loaded",
    "name|city",
    [("Ann", "Rome"), ("Bob", "Paris"), ("Cleo", "Bonn")],
)
case(
    "names in another script",
    "名前,都市\n田中,東京\n鈴木,大阪\n",
    "loaded",
    "名前|都市",
    [("田中", "東京"), ("鈴木", "大阪")],
)

# ---- nothing, little (B1, B2, B3)
case("empty", b"", "refused", says="empty")
case("mark only", b"\xef\xbb\xbf", "refused", says="empty")
case("blank lines only", "\n\n\n", "refused", says="empty")
case("header only", "a,b,c\n", "refused", says="no data rows")
case("header only without newline", "a,b,c", "refused", says="no data rows")
case("one row", "a,b\n1,2\n", "warned", "a|b", [(1, 2)], says="one row")
case("one column", "age\n1\n2\n3\n", "warned", "age", [(1,), (2,), (3,)], says="one column")
case("one column of words", "name\nAnn\nBob\nCleo\n", "warned", "name", [("Ann",), ("Bob",), ("Cleo",)])
case(
    "all missing column",
    "a,b,c\n1,,x\n2,,y\n3,,x\n",
    "told",
    "a|b|c",
    [(1, None, "x"), (2, None, "y"), (3, None, "x")],
    says="empty",
)

# ---- encodings (B5, B6)
UMLAUTS = "name,stadt,n\nJürgen,Köln,1\nZoë,Genève,2\nMüller,Málaga,3\n"
UMLAUT_ROWS = [("Jürgen", "Köln", 1), ("Zoë", "Genève", 2), ("Müller", "Málaga", 3)]
case("utf-8", UMLAUTS, "loaded", "name|stadt|n", UMLAUT_ROWS)
case("utf-8 with mark", UMLAUTS, "loaded", "name|stadt|n", UMLAUT_ROWS, encoding="utf-8-sig")
case(
    "mark before a quoted name",
    '"name","n"\n"Ann","1"\n"Bob","2"\n',
    "loaded",
    "name|n",
    [("Ann", 1), ("Bob", 2)],
    encoding="utf-8-sig",
)
case("utf-16 with mark", UMLAUTS, "loaded", "name|stadt|n", UMLAUT_ROWS, encoding="utf-16")
case("utf-16-be with mark", b"\xfe\xff" + UMLAUTS.encode("utf-16-be"), "loaded", "name|stadt|n", UMLAUT_ROWS)
case("utf-16-le without mark", UMLAUTS, "loaded", "name|stadt|n", UMLAUT_ROWS, encoding="utf-16-le")
case("utf-16-be without mark", UMLAUTS, "loaded", "name|stadt|n", UMLAUT_ROWS, encoding="utf-16-be")
case(
    "utf-16 with tabs",
    UMLAUTS.replace(",", "\t").replace("\n", "\r\n"),
    "loaded",
    "name|stadt|n",
    UMLAUT_ROWS,
    encoding="utf-16",
)
case("utf-16 japanese", "名前,n\n田中,1\n鈴木,2\n", "loaded", "名前|n", [("田中", 1), ("鈴木", 2)], encoding="utf-16")
case("utf-32", UMLAUTS, "loaded", "name|stadt|n", UMLAUT_ROWS, encoding="utf-32")
case("windows-1252", UMLAUTS, "warned", "name|stadt|n", UMLAUT_ROWS, encoding="cp1252", says="encoding")
case(
    "windows-1252 euro",
    "item,price\ncafé,€5\nthé,€3\n",
    "warned",
    "item|price",
    [("café", 5), ("thé", 3)],
    encoding="cp1252",
)
case(
    "windows-1252 quotes",
    "said,n\nit’s “fine” – yes,1\nno,2\n",
    "warned",
    "said|n",
    [("it’s “fine” – yes", 1), ("no", 2)],
    encoding="cp1252",
)
case(
    "latin-1 late in the file",
    "id,name\n" + "".join(f"{i},n{i % 7}\n" for i in range(50_000)) + "50000,Zoë\n",
    "warned",
    None,
    None,
    encoding="latin-1",
)
case(
    "portuguese",
    "nome,cidade,n\nJoão,São Paulo,1\nInês,Évora,2\n",
    "warned",
    "nome|cidade|n",
    [("João", "São Paulo", 1), ("Inês", "Évora", 2)],
    encoding="latin-1",
)
LEGACY = {
    "shift_jis": "名前,都市,n\n田中太郎,東京,34\n鈴木花子,大阪,28\n佐藤一郎,名古屋,45\n",
    "euc_jp": "名前,都市,n\n田中太郎,東京,34\n鈴木花子,大阪,28\n佐藤一郎,名古屋,45\n",
    "gb18030": "姓名,城市,n\n张伟,北京,34\n王芳,上海,28\n李娜,广州,45\n",
    "big5": "姓名,城市,n\n張偉,臺北,34\n王芳,高雄,28\n李娜,臺中,45\n",
    "euc_kr": "이름,도시,n\n김철수,서울,34\n이영희,부산,28\n박민수,대구,45\n",
    "cp1251": "имя,город,n\nИван,Москва,34\nМария,Казань,28\nПётр,Самара,45\n",
    "koi8_r": "имя,город,n\nИван,Москва,34\nМария,Казань,28\nПётр,Самара,45\n",
    "cp1253": "όνομα,πόλη,n\nΓιώργος,Αθήνα,1\nΜαρία,Πάτρα,2\nΝίκος,Βόλος,3\n",
    "cp1250": "jméno,město,n\nJiří,Plzeň,34\nŽofie,Děčín,28\nŠtěpán,Třebíč,45\n",
    "iso8859_2": "imię,miasto,n\nŁukasz,Łódź,1\nZofia,Kraków,2\nJózef,Poznań,3\n",
    "cp1254": "ad,şehir,n\nAyşe,İstanbul,1\nOğuz,Muğla,2\nÇağrı,Ağrı,3\n",
    "cp437": "name,city,n\nJosé,München,1\nZoë,Genève,2\n",
    "mac_roman": "name,city,n\nJosé,München,1\nZoë,Genève,2\n",
}
for encoding, text in LEGACY.items():
    body = [line.split(",") for line in text.splitlines()]
    case(
        f"legacy {encoding}",
        text,
        "told",
        tuple(body[0]),
        [(a, b, int(n)) for a, b, n in body[1:]],
        encoding=encoding,
        says="encoding",
    )
case(
    "utf-8 with a line in windows-1252",
    "id,name,n\n1,Jürgen,5\n2,Zoë,6\n".encode() + "3,Müller,7\n".encode("cp1252"),
    "told",
    "id|name|n",
    [(1, "Jürgen", 5), (2, "Zoë", 6), (3, "Müller", 7)],
    says="line 4",
)
case("nul byte", b"a,b\n1,2\n3\x00,4\n", "told", says="Line 3")
case("emoji", "id,mood\n1,😀\n2,🎉 yes\n", "loaded", "id|mood", [(1, "😀"), (2, "🎉 yes")])


# ---- other formats (B12, B13)
def archive(*names):
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as file:
        for name in names:
            file.writestr(name, "x")
    return sink.getvalue()


FOREIGN = {
    "PNG": b"\x89PNG\r\n\x1a\n" + bytes(50),
    "JPEG": b"\xff\xd8\xff\xe0" + bytes(50),
    "GIF": b"GIF89a" + bytes(50),
    "PDF": b"%PDF-1.7\n%\xe2\xe3\n1 0 obj\n",
    "Excel": archive("[Content_Types].xml", "xl/workbook.xml"),
    "zip": archive("data.csv"),
    "gzip": gzip.compress(PEOPLE_CSV.encode()),
    "bzip2": b"BZh91AY&SY" + bytes(20),
    "xz": b"\xfd7zXZ\x00" + bytes(20),
    "SQLite": b"SQLite format 3\x00" + bytes(80),
    "Parquet": b"PAR1\x15\x04" + bytes(20),
    "Arrow": b"ARROW1\x00\x00" + bytes(20),
    "HDF5": b"\x89HDF\r\n\x1a\n" + bytes(20),
    "NumPy": b"\x93NUMPY\x01\x00" + bytes(20),
    "Office": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(20),
    "pickle": b"\x80\x04\x95\x10\x00\x00\x00\x00\x00\x00\x00",
    "HTML": b"<!DOCTYPE html>\n<html><body>404, not found</body></html>\n",
    "web page": b"<html>\n<table><tr><td>1</td></tr></table>",
    "JSON": b'[{"a": 1, "b": 2}, {"a": 3, "b": 4}]',
    "JSON,": b'{"a": 1, "b": [1, 2]}\n',
    "LFS": b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n",
    "XML": b'<?xml version="1.0"?>\n<rows><row a="1"/></rows>\n',
    "ARFF": b"@relation x\n@attribute a numeric\n@attribute b {x,y}\n@data\n1,x\n2,y\n",
    "SQL": b"CREATE TABLE t (a int, b int);\nINSERT INTO t VALUES (1,2);\n",
    "program": b"\x7fELF\x02\x01\x01" + bytes(20),
    "binary": bytes(range(256)) * 20,
    "RTF": b"{\\rtf1\\ansi hello}",
}

for called, content in FOREIGN.items():
    case(f"content {called}", content, "refused", says=called.rstrip(","))
case("json lines", b'{"a": 1, "b": 2}\n{"a": 3, "b": 4}\n', "refused", says="JSON")
case(
    "json in a cell is fine",
    'id,data\n1,"{""a"": 1}"\n2,"{""b"": 2}"\n',
    "loaded",
    "id|data",
    [(1, '{"a": 1}'), (2, '{"b": 2}')],
)

# ---- numbers (B7, B14, B15, B17)
case("decimal comma", "name;x\nAnn;1,5\nBob;2,75\n", "loaded", "name|x", [("Ann", 1.5), ("Bob", 2.75)])
case(
    "decimal comma and thousands",
    "name;x\nAnn;1.234,56\nBob;99,50\n",
    "loaded",
    "name|x",
    [("Ann", 1234.56), ("Bob", 99.5)],
)
case(
    "decimal comma quoted in a comma file",
    'name,x\nAnn,"1,5"\nBob,"2,75"\n',
    "loaded",
    "name|x",
    [("Ann", 1.5), ("Bob", 2.75)],
)
case("decimal comma in one column", "x\n1,5\n2,75\n3,25\n", "warned", "x", [(1.5,), (2.75,), (3.25,)])
case(
    "thousands comma",
    'name,x\nAnn,"1,234"\nBob,"12,345,678"\nCleo,999\n',
    "loaded",
    "name|x",
    [("Ann", 1234), ("Bob", 12345678), ("Cleo", 999)],
)
case(
    "thousands comma with point",
    'name,x\nAnn,"1,234.50"\nBob,"99.25"\n',
    "loaded",
    "name|x",
    [("Ann", 1234.5), ("Bob", 99.25)],
)
case(
    "thousands point only", "name;x\nAnn;1.234.567\nBob;2.000\n", "loaded", "name|x", [("Ann", 1234567), ("Bob", 2000)]
)
case("thousands or decimals", "name;x\nAnn;1.234\nBob;2.345\nCleo;3.456\n", "warned", says="thousands")
case("thousands or decimals, comma", "name;x\nAnn;1,234\nBob;2,345\nCleo;3,456\n", "warned", says="thousands")
case("thousands apostrophe", "name,x\nAnn,1'234.50\nBob,99.25\n", "loaded", "name|x", [("Ann", 1234.5), ("Bob", 99.25)])
case("thousands blank", "name;x\nAnn;1 234,50\nBob;99,25\n", "told", "name|x", [("Ann", 1234.5), ("Bob", 99.25)])
case(
    "thousands narrow blank",
    "name;x\nAnn;1\u202f234,50\nBob;99,25\n",
    "told",
    "name|x",
    [("Ann", 1234.5), ("Bob", 99.25)],
)
case("underscores", "name,x\nAnn,1_000\nBob,2_500\n", "warned")
case("currency", "item,price\na,$5.00\nb,$12.50\n", "warned", "item|price", [("a", 5.0), ("b", 12.5)], says="$")
case(
    "currency with thousands",
    'item,price\na,"$1,200.00"\nb,$12.50\n',
    "warned",
    "item|price",
    [("a", 1200.0), ("b", 12.5)],
)
case("euro behind", "item;price\na;5,00 €\nb;12,50 €\n", "warned", "item|price", [("a", 5.0), ("b", 12.5)])
case("percent", "item,share\na,45%\nb,12.5%\n", "warned", "item|share", [("a", 45.0), ("b", 12.5)], says="%")
case(
    "units",
    "item,weight\na,12 kg\nb,7.5 kg\nc,8 kg\n",
    "warned",
    "item|weight",
    [("a", 12.0), ("b", 7.5), ("c", 8.0)],
    says="kg",
)
case(
    "mixed units stay text",
    "item,weight\na,12 kg\nb,300 g\nc,8 kg\n",
    "warned",
    "item|weight",
    [("a", "12 kg"), ("b", "300 g"), ("c", "8 kg")],
)
case(
    "accounting minus",
    'item,x\na,"(1,200)"\nb,300\nc,(50)\n',
    "warned",
    "item|x",
    [("a", -1200), ("b", 300), ("c", -50)],
)
case("true minus sign", "item,x\na,−5\nb,3\n", "told", "item|x", [("a", -5), ("b", 3)])
case("exponents", "a,b\n1e-3,x\n2.5E+4,y\n-1e2,x\n", "loaded", "a|b", [(0.001, "x"), (25000.0, "y"), (-100.0, "x")])
case("codes like exponents", "code,n\n1E5,1\n2E7,2\n3E1,3\n", "told", "code|n", [("1E5", 1), ("2E7", 2), ("3E1", 3)])
case(
    "codes, some like exponents",
    "code,n\n1E5,1\n2B7,2\n3F1,3\n",
    "loaded",
    "code|n",
    [("1E5", 1), ("2B7", 2), ("3F1", 3)],
)
case(
    "leading zeros", "zip,n\n02134,1\n10001,2\n00501,3\n", "loaded", "zip|n", [("02134", 1), ("10001", 2), ("00501", 3)]
)
case(
    "big integers",
    "id,n\n9007199254740993,1\n9007199254740995,2\n",
    "loaded",
    "id|n",
    [("9007199254740993", 1), ("9007199254740995", 2)],
)
case(
    "huge integers",
    "id,n\n123456789012345678901234567890,1\n223456789012345678901234567890,2\n",
    "loaded",
    "id|n",
    [("123456789012345678901234567890", 1), ("223456789012345678901234567890", 2)],
)
case(
    "long but exact integers",
    "id,n\n123456789012345,1\n223456789012345,2\n",
    "loaded",
    "id|n",
    [(123456789012345, 1), (223456789012345, 2)],
)
case(
    "infinity",
    "a,b\n1.5,x\ninf,y\n-inf,x\n",
    "warned",
    "a|b",
    [(1.5, "x"), (float("inf"), "y"), (float("-inf"), "x")],
    says="infinite",
)
case("too large", "a,b\n1.5,x\n1e400,y\n2.5,x\n", "warned", says="1e400")
case("very large", "a,b\n1.5,x\n1e300,y\n", "loaded", "a|b", [(1.5, "x"), (1e300, "y")])
case(
    "numbers and words",
    "a,b\n" + "".join(f"{i},{i if i % 14 else 'oops'}\n" for i in range(1, 57)),
    "warned",
    says="line 15",
)
case(
    "addresses are no numbers",
    "ip,n\n192.168.100.200,1\n10.0.0.1,2\n",
    "loaded",
    "ip|n",
    [("192.168.100.200", 1), ("10.0.0.1", 2)],
)
case(
    "addresses of three digits",
    "ip,n\n192.168.100.200,1\n192.168.100.201,2\n",
    "loaded",
    "ip|n",
    [("192.168.100.200", 1), ("192.168.100.201", 2)],
)
case(
    "telephone numbers",
    "name,phone\nAnn,+491701234567\nBob,+491701234568\n",
    "loaded",
    "name|phone",
    [("Ann", "+491701234567"), ("Bob", "+491701234568")],
)
case(
    "digits and dashes",
    "name,phone\nAnn,555-1234\nBob,555-9876\n",
    "loaded",
    "name|phone",
    [("Ann", "555-1234"), ("Bob", "555-9876")],
)
case("hexadecimal stays text", "a,b\n0x1F,1\n0x2A,2\n", "loaded", "a|b", [("0x1F", 1), ("0x2A", 2)])
case("fractions without zero", "a,b\n.5,1\n-.25,2\n", "loaded", "a|b", [(0.5, 1), (-0.25, 2)])
case("numbers in blanks", "a,b\n 1 ,x\n 2 ,y\n", "loaded", "a|b", [(1, "x"), (2, "y")])
case("versions", "version,n\n1.1,1\n1.10,2\n1.9,3\n", "told", "version|n", [("1.1", 1), ("1.10", 2), ("1.9", 3)])

# ---- missing (B14, B15)
for spelling in (
    "",
    "NA",
    "N/A",
    "n/a",
    "NaN",
    "nan",
    "null",
    "NULL",
    "None",
    "-",
    "?",
    ".",
    "#N/A",
    "\\N",
    "missing",
    "--",
):
    case(
        f"missing '{spelling}' among numbers",
        f"a,b\n1.5,x\n{spelling},y\n2.5,x\n",
        "loaded",
        "a|b",
        [(1.5, "x"), (None, "y"), (2.5, "x")],
    )
case(
    "twelve spellings",
    "a,b\n"
    + "".join(
        f"{s},{i}\n"
        for i, s in enumerate(
            ["1", "NA", "N/A", "n/a", "NaN", "nan", "null", "NULL", "None", "-", "?", ".", "#N/A", "2"]
        )
    ),
    "loaded",
    "a|b",
    [(1, 0), *((None, i) for i in range(1, 13)), (2, 13)],
)
case(
    "question marks among words",
    "work,n\nPrivate,1\n?,2\nState,3\nPrivate,4\n",
    "loaded",
    "work|n",
    [("Private", 1), (None, 2), ("State", 3), ("Private", 4)],
)
case(
    "namibia", "country,n\nDE,1\nNA,2\nFR,3\nUS,4\n", "told", "country|n", [("DE", 1), ("NA", 2), ("FR", 3), ("US", 4)]
)
case("sheet errors", "a,b\n1.5,x\n#DIV/0!,y\n2.5,x\n", "warned", "a|b", [(1.5, "x"), (None, "y"), (2.5, "x")])
case("blank cells", "a,b\n1,x\n   ,y\n3,  \n", "loaded", "a|b", [(1, "x"), (None, "y"), (3, None)])

# ---- dates, truth (B16)
case(
    "iso dates",
    "day,n\n2024-01-31,1\n2024-02-29,2\n",
    "loaded",
    "day|n",
    [(day("2024-01-31"), 1), (day("2024-02-29"), 2)],
    "date number",
)
case(
    "iso times",
    "at,n\n2024-01-31T10:20:30,1\n2024-02-29 11:00:00.250,2\n",
    "loaded",
    "at|n",
    [(day("2024-01-31T10:20:30"), 1), (day("2024-02-29T11:00:00.250"), 2)],
)
case(
    "slashes, year first",
    "day,n\n2024/01/31,1\n2024/02/29,2\n",
    "loaded",
    "day|n",
    [(day("2024-01-31"), 1), (day("2024-02-29"), 2)],
)
case(
    "dots, day first",
    "day,n\n31.01.2024,1\n01.02.2024,2\n",
    "loaded",
    "day|n",
    [(day("2024-01-31"), 1), (day("2024-02-01"), 2)],
)
case(
    "dots, nothing above 12",
    "day,n\n03.01.2024,1\n01.02.2024,2\n",
    "loaded",
    "day|n",
    [(day("2024-01-03"), 1), (day("2024-02-01"), 2)],
)
case(
    "day first for sure",
    "day,n\n31/01/2024,1\n01/02/2024,2\n",
    "loaded",
    "day|n",
    [(day("2024-01-31"), 1), (day("2024-02-01"), 2)],
)
case(
    "month first for sure",
    "day,n\n01/31/2024,1\n02/01/2024,2\n",
    "loaded",
    "day|n",
    [(day("2024-01-31"), 1), (day("2024-02-01"), 2)],
)
case("day or month first", "day,n\n03/04/2024,1\n05/06/2024,2\n", "warned", says="month first")
case(
    "day or month, told by another column",
    "a,b\n03/04/2024,31/01/2024\n05/06/2024,01/02/2024\n",
    "loaded",
    "a|b",
    [(day("2024-04-03"), day("2024-01-31")), (day("2024-06-05"), day("2024-02-01"))],
)
case(
    "both orders",
    "day,n\n31/01/2024,1\n01/31/2024,2\n02/03/2024,3\n",
    "warned",
    "day|n",
    [("31/01/2024", 1), ("01/31/2024", 2), ("02/03/2024", 3)],
)
case(
    "month names",
    "day,n\n1 Jan 2024,1\n15 February 2024,2\n",
    "loaded",
    "day|n",
    [(day("2024-01-01"), 1), (day("2024-02-15"), 2)],
)
case(
    "month names first",
    'day,n\n"Jan 1, 2024",1\n"Feb 15, 2024",2\n',
    "loaded",
    "day|n",
    [(day("2024-01-01"), 1), (day("2024-02-15"), 2)],
)
case(
    "oracle dates",
    "day,n\n01-JAN-2024,1\n15-FEB-2024,2\n",
    "loaded",
    "day|n",
    [(day("2024-01-01"), 1), (day("2024-02-15"), 2)],
)
case(
    "two-digit years",
    "day,n\n31/01/24,1\n28/02/70,2\n",
    "warned",
    "day|n",
    [(day("2024-01-31"), 1), (day("1970-02-28"), 2)],
    says="two digits",
)
case(
    "zones",
    "at,n\n2024-01-31T10:00:00Z,1\n2024-01-31T10:00:00+02:00,2\n",
    "loaded",
    "at|n",
    [(day("2024-01-31T10:00"), 1), (day("2024-01-31T08:00"), 2)],
)
case(
    "twelve hours",
    "at,n\n01/31/2024 1:05 PM,1\n02/28/2024 12:00 AM,2\n",
    "loaded",
    "at|n",
    [(day("2024-01-31T13:05"), 1), (day("2024-02-28"), 2)],
)
case(
    "year 1500",
    "day,n\n1500-01-01,1\n1600-02-28,2\n",
    "loaded",
    "day|n",
    [(day("1500-01-01"), 1), (day("1600-02-28"), 2)],
)
case(
    "impossible date",
    "day,n\n2024-01-31,1\n2024-02-30,2\n2024-03-01,3\n",
    "warned",
    "day|n",
    [("2024-01-31", 1), ("2024-02-30", 2), ("2024-03-01", 3)],
)
case("times of day", "at,n\n10:20,1\n11:30,2\n", "warned", "at|n", [("10:20", 1), ("11:30", 2)])
case(
    "compact dates",
    "date,n\n20240131,1\n20240229,2\n",
    "warned",
    "date|n",
    [(day("2024-01-31"), 1), (day("2024-02-29"), 2)],
)
case("eight digits are no dates", "n,b\n20240131,x\n99999999,y\n", "loaded", "n|b", [(20240131, "x"), (99999999, "y")])
case("years are numbers", "year,n\n1999,1\n2001,2\n", "loaded", "year|n", [(1999, 1), (2001, 2)], "number number")
case(
    "true and false",
    "a,b\ntrue,1\nfalse,2\nTRUE,3\n",
    "loaded",
    "a|b",
    [(True, 1), (False, 2), (True, 3)],
    "boolean number",
)
case("yes and no", "a,b\nyes,1\nno,2\nyes,3\n", "loaded", "a|b", [(True, 1), (False, 2), (True, 3)], "boolean number")
case("zero and one are numbers", "a,b\n0,1\n1,2\n", "loaded", "a|b", [(0, 1), (1, 2)], "number number")
case("male and female", "sex,n\nM,1\nF,2\nM,3\n", "loaded", "sex|n", [("M", 1), ("F", 2), ("M", 3)], "category number")
case(
    "values that differ in blanks",
    "a,n\nred,1\nred ,2\nblue,3\n",
    "warned",
    "a|n",
    [("red", 1), ("red ", 2), ("blue", 3)],
)

# ---- met while trying real files
SALES = "id,name,qty,price\n1,Ann,5,1.5\n2,Bob,6,2.5\n3,Cy,7,3.5\n4,Di,8,4.5\n"
SALES_ROWS = [(1, "Ann", 5, 1.5), (2, "Bob", 6, 2.5), (3, "Cy", 7, 3.5), (4, "Di", 8, 4.5)]
SALES_NAMES = "id|name|qty|price"
case(
    "a row of another delimiter",
    SALES.replace("2,Bob,6,2.5", "2;Bob;6;2.5"),
    "warned",
    SALES_NAMES,
    SALES_ROWS,
    says="Line 3",
)
case("header with a cell too many", SALES.replace("id,name", "id,,name"), "refused", says="Line 1")
case("a delimiter lost", SALES.replace("2,Bob", "2Bob"), "refused", says="Line 3")
case("a delimiter too many", SALES.replace("2,Bob", "2,,Bob"), "refused", says="Line 3")
case("a quote lost", SALES.replace("Bob", 'Bob"'), "warned", SALES_NAMES, None, says="quote")
case(
    "a row commented out",
    SALES.replace("2,Bob", "#2,Bob"),
    "warned",
    SALES_NAMES,
    [SALES_ROWS[0], *SALES_ROWS[2:]],
    says="Line 3",
)
case("mean below", SALES + "Mean,,6.5,3.0\n", "warned", SALES_NAMES, SALES_ROWS)
case("notes below", SALES + "\nNotes:\n1) estimated\n", "warned", SALES_NAMES, SALES_ROWS)
case("eight lines above", "A line\n" * 8 + SALES, "warned", SALES_NAMES, SALES_ROWS)
case("the same table twice", SALES + "\n" + SALES, "warned", SALES_NAMES, SALES_ROWS * 2)
case("a titled second table", SALES + "\nSecond\nu,v,w,x\n1,e,3,1.5\n2,f,4,2.5\n", "refused", says="second table")
case("mixed line ends", b"a,b\r1,2\n3,4\r\n5,6\r", "told", "a|b", [(1, 2), (3, 4), (5, 6)])
case("a carriage return in a cell", b'a,b\n"x\ry",1\n"z",2\n', "loaded", "a|b", [("x\ry", 1), ("z", 2)])
case("letters encoded twice", "name,n\nJos\u00c3\u00a9,1\nZo\u00c3\u00ab,2\n", "warned", says="encoded twice")
case("letters lost", "name,n\nJos\ufffd,1\nZoe,2\n", "warned", says="lost letter")
case("markdown table", "| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |\n", "told", "a|b", [(1, 2), (3, 4)])
case("psql output", " a | b \n---+---\n 1 | 2\n 3 | 4\n(2 rows)\n", "told", "a|b", [(1, 2), (3, 4)])
case(
    "yes, no, unknown",
    "loan,n\nyes,1\nunknown,2\nno,3\n",
    "loaded",
    "loan|n",
    [("yes", 1), ("unknown", 2), ("no", 3)],
    "category number",
)
case(
    "plus and minus",
    "gene,strand\nA1,+\nA2,-\nA3,+\n",
    "loaded",
    "gene|strand",
    [("A1", "+"), ("A2", "-"), ("A3", "+")],
)
case("percent and none", "a,b\n45%,x\n0.5,y\n12%,z\n", "warned", "a|b", [("45%", "x"), ("0.5", "y"), ("12%", "z")])
case("a column of x", "a,b\n1,x\n2,x\n3,x\n", "loaded", "a|b", [(1, "x"), (2, "x"), (3, "x")])
case(
    "postal codes with dashes",
    "zip,n\n90210,1\n10001-1234,2\n02134,3\n",
    "loaded",
    "zip|n",
    [("90210", 1), ("10001-1234", 2), ("02134", 3)],
)
case(
    "adult",
    "39, State-gov, 77516, <=50K\n50, Private, 83311, <=50K\n38, ?, 215646, >50K\n",
    "warned",
    None,
    [(39, "State-gov", 77516, "<=50K"), (50, "Private", 83311, "<=50K"), (38, None, 215646, ">50K")],
)
case(
    "world bank",
    '"Data Source","Indicators",\n\n"Updated","2020-01-01",\n\n'
    '"Country","1960","1961",\n"Aruba","54211","55438",\n"Angola","545","553",\n',
    "warned",
    "Country|1960|1961",
    [("Aruba", 54211, 55438), ("Angola", 545, 553)],
)
case(
    "two years as names",
    "Region,2019,2020\nNorth,10,20\nSouth,30,40\n",
    "loaded",
    "Region|2019|2020",
    [("North", 10, 20), ("South", 30, 40)],
)
case(
    "fixed width",
    " 0.00632  18.00   2.310\n 0.02731   0.00   7.070\n 0.02729   0.00   7.070\n",
    "warned",
    None,
    [(0.00632, 18.0, 2.31), (0.02731, 0.0, 7.07), (0.02729, 0.0, 7.07)],
)
case(
    "indian thousands",
    'city,pop\nDelhi,"1,67,87,941"\nPune,"31,24,458"\n',
    "loaded",
    "city|pop",
    [("Delhi", 16787941), ("Pune", 3124458)],
)
case(
    "zero dates",
    "d,n\n2024-01-01,1\n0000-00-00,2\n2024-01-03,3\n",
    "warned",
    "d|n",
    [(day("2024-01-01"), 1), (None, 2), (day("2024-01-03"), 3)],
)

# ---- seen in the wild since: seven-bit encodings, joined files, seasons, swallowed rows
for legacy in ("iso2022_jp", "hz"):
    words = ("東京", "大阪") if legacy == "iso2022_jp" else ("北京", "上海")
    case(
        f"ascii bytes of {legacy}",
        f"city,n\n{words[0]},1\n{words[1]},2\n",
        "warned",
        "city|n",
        [(words[0], 1), (words[1], 2)],
        says="escapes" if legacy == "iso2022_jp" else "marks of HZ",
        encoding=legacy,
    )
case("letters of utf-7", "name,v\nÜnal,1\nÉric,2\n", "warned", says="utf-7", encoding="utf-7")
case("plus and minus signs are no utf-7", "a,b\n+12-,1\nx+yz-w,2\nq,3\n", "loaded", "a|b")
case(
    "files joined, with a mark inside",
    b"\xef\xbb\xbfname,age\nAnn,3\n\xef\xbb\xbfBob,4\nCy,5\n",
    "warned",
    "name|age",
    [("Ann", 3), ("Bob", 4), ("Cy", 5)],
    says="Line 3",
)
for letters in ("Straße", "Москва", "a\u00a0b"):
    case(
        f"letters encoded twice, {letters!r}",
        f"n,v\n{letters},1\nBob,2\n".encode().decode("latin-1").encode(),
        "warned",
        says="encoded twice",
    )
case("capital letters before quotes", "n,v\n«Ã»,1\n«Â»,2\n“MANHÔ,3\n", "loaded")
case(
    "an open quote swallows a row",
    'id,text,n\n1,"foo,5\n2,bar",6\n3,baz,7\n4,qux,8\n',
    "warned",
    says="Line 2: a quoted cell goes on",
)
case(
    "an open quote swallows many rows",
    'id,text,n\n1,a,1\n2,"x,1\n' + "".join(f"{i},w{i},{i}\n" for i in range(3, 20)) + '20,y",2\n21,z,3\n',
    "warned",
    says="Line 3",
)
case(
    "a small table inside a cell",
    'id,doc\n1,"a,b\n1,2\n3,4"\n2,"c,d\n5,6\n7,8"\n3,x\n',
    "loaded",
    "id|doc",
    [(1, "a,b\n1,2\n3,4"), (2, "c,d\n5,6\n7,8"), (3, "x")],
)
case("addresses without header", "ann@x.org,Rome\nbob@y.org,Paris\ncy@z.org,Oslo\n", "warned", "column_1|column_2")
case("codes without header", "A12,B71\nA13,B82\nA14,B93\n", "warned", "column_1|column_2")
case(
    "versions beside each other",
    "k,v\na,3.1\nb,3.10\nc,3.11\nd,3.2\n",
    "warned",
    says="'3.1' and '3.10' are read as one number",
)
case("moments finer than a number", "k,t\na,1700000000.123456789\nb,1700000001.5\n", "warned", says="rounded")
case("floats as Python writes them", "k,t\na,0.30000000000000004\nb,1700000001.5\n", "loaded")
case("too small for a number", "k,v\na,1e-400\nb,1\nc,2\n", "warned", says="too small")
case("zeros before some numbers", "k,v\na,007\nb,12.5\nc,8\n", "warned", says="zeros before '007'")
case(
    "seasons are no months",
    "k,season\na,2001-02\nb,2002-03\nc,2011-12\n",
    "loaded",
    "k|season",
    [("a", "2001-02"), ("b", "2002-03"), ("c", "2011-12")],
)
case(
    "months stay months",
    "k,m\na,2001-02\nb,2001-03\n",
    "loaded",
    rows=[("a", day("2001-02-01")), ("b", day("2001-03-01"))],
)
case(
    "a dash for a minus",
    "k,v\na,–5\nb,6\nc,–7\n",
    "warned",
    rows=[("a", -5), ("b", 6), ("c", -7)],
)
case(
    "a sum without a name",
    "firm,sales,cost\nA,5,1\nB,7,2\nC,3,4\n,15,7\n",
    "warned",
    "firm|sales|cost",
    [("A", 5, 1), ("B", 7, 2), ("C", 3, 4)],
)
case(
    "two tables of words",
    "name,city\nAnn,Rome\nBob,Oslo\n\nfruit,colour\napple,red\nplum,blue\n",
    "told",
    says="Line 4",
)
case("a web page behind a comment", "<!-- hi -->\n<html><body>404</body></html>", "refused", says="web page")
case("LaTeX", "a & b \\\\\n1 & 2 \\\\\n3 & 4 \\\\\n", "refused", says="LaTeX")
case(
    "names that look alike",
    "café,cafe\u0301,id,id\u200b\n1,2,3,4\n5,6,7,8\n",
    "warned",
    rows=[(1, 2, 3, 4), (5, 6, 7, 8)],
    says="look alike",
)
case(
    "totals among the rows",
    "region,n\n" + "".join(f"r{k % 5},{k}\n" + "Subtotal,99\n" * (k % 5 == 4) for k in range(30)),
    "warned",
    says="6 rows are called 'Subtotal'",
)
case(
    "a word among very many numbers",
    "id,b\n" + "".join(f"{k},{k + 0.5}\n" for k in range(60_000)) + "60000,oops\n",
    "warned",
    says="60,000 numbers and 1 other cells such as 'oops' (first on line 60002)",
)
case("a level called total is said", "kind,n\ntotal,1\npart,2\npart,3\npart,4\nrest,7\n", "warned", says="'total'")
case(
    "cut off within a letter",
    "město,n\nPlzeň,1\nDěčín,2\nTřebíč,3\nKoliň".encode()[:-1],
    "refused",
    says="Line 5: the file ends in the middle of a letter",
)
case("prose", "Once upon a time, there was a king.\nHe had a daughter, and she was wise.\n", "told", says="sentences")
