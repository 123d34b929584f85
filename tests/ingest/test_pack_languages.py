"""The packs of several languages on sentences written for this test: what must go, and real text like it.

Newspapers report about newsletters, cookies, comments and copyright. A sentence in the third person is news,
whatever words it uses; each stands in a short article, where head and tail are everywhere.
"""

from __future__ import annotations

import pyarrow as pa
import pytest

from ingest import packs, rules
from ingest.paragraphs import split

BUNDLED = packs.load(packs.bundled())
PROSE = {
    "fr": "Le bac a quitté le port lundi à midi avec deux cents personnes à bord, selon la capitainerie.",
    "es": "El ferri salió del puerto el lunes a mediodía con doscientas personas, según la capitanía.",
    "it": "Il traghetto ha lasciato il porto lunedì a mezzogiorno con duecento persone, dice il porto.",
    "pt": "A balsa deixou o porto na segunda ao meio-dia com duzentas pessoas a bordo, segundo a capitania.",
    "nl": "De veerboot verliet maandag om twaalf uur de haven met tweehonderd mensen, zegt de haven.",
    "tr": "Feribot pazartesi öğle saatlerinde iki yüz kişiyle limandan ayrıldı, liman bunu doğruladı.",
    "id": "Kapal feri itu meninggalkan pelabuhan pada Senin siang dengan dua ratus orang di atas kapal itu.",
}

GOES = {
    "fr": [
        "À lire aussi : La longue nuit des capitaines",
        "Sur le même sujet",
        "Publicité",
        "Article réservé aux abonnés",
        "Inscrivez-vous à notre newsletter",
        "Suivez-nous sur Facebook et Instagram",
        "12 commentaires",
        "Publié le 3 mai 2024 à 10h05",
        "Tous droits réservés",
        "Ce site utilise des cookies.",
    ],
    "es": [
        "Lea también: La larga noche de los capitanes",
        "Te puede interesar",
        "Publicidad",
        "Contenido exclusivo para suscriptores",
        "Suscríbete a nuestro boletín diario",
        "Síguenos en Facebook y en Instagram",
        "12 comentarios",
        "Actualizado el 03/05/2024 21:57 h",
        "Todos los derechos reservados",
        "Utilizamos cookies propias.",
    ],
    "it": [
        "Leggi anche: La lunga notte dei capitani",
        "Potrebbe interessarti anche",
        "Pubblicità",
        "Articolo riservato agli abbonati",
        "Iscriviti alla nostra newsletter",
        "Seguici su Facebook e Instagram",
        "12 commenti",
        "Pubblicato il 3 maggio 2024",
        "Riproduzione riservata",
        "Questo sito utilizza cookie tecnici.",
    ],
    "pt": [
        "Leia também: A longa noite dos capitães",
        "Notícias relacionadas",
        "Publicidade",
        "Conteúdo exclusivo para assinantes",
        "Inscreva-se na nossa newsletter",
        "Siga-nos no Facebook e no Instagram",
        "12 comentários",
        "Publicado em 03/05/2024 às 10h15",
        "Todos os direitos reservados",
        "Utilizamos cookies neste site.",
    ],
    "nl": [
        "Lees ook: De lange nacht van de kapiteins",
        "Gerelateerde artikelen",
        "Advertentie",
        "Dit artikel is exclusief voor abonnees",
        "Schrijf je in voor onze nieuwsbrief",
        "Volg ons op Facebook en Instagram",
        "12 reacties",
        "Gepubliceerd op 3 mei 2024",
        "Alle rechten voorbehouden",
        "Deze website gebruikt cookies.",
    ],
    "tr": [
        "İLGİLİ HABER: Kaptanların uzun gecesi",
        "İLGİNİZİ ÇEKEBİLİR",
        "REKLAM",
        "Bu içerik abonelerimize özeldir.",
        "Bültenimize abone olun",
        "Bizi Facebook ve Instagram'da takip edin",
        "12 Yorum",
        "Yayınlanma: 03.05.2024 - 10:15",
        "Tüm hakları saklıdır.",
        "Sitemizde çerezler kullanılmaktadır.",
    ],
    "id": [
        "Baca juga: Malam panjang para nakhoda",
        "Berita Terkait",
        "Iklan",
        "Artikel ini khusus untuk pelanggan",
        "Daftar newsletter kami",
        "Ikuti kami di Facebook dan Instagram",
        "12 Komentar",
        "Diperbarui: Jumat, 3 Mei 2024 11:12 WIB",
        "Hak cipta dilindungi undang-undang.",
        "Situs ini menggunakan cookie untuk Anda.",
    ],
}

STAYS = {
    "fr": [
        "La lettre d’information du port compte trois cents abonnés, et elle paraît le lundi.",
        "La publicité rapporte chaque année moins d’argent au journal du port.",
        "L’autorité a infligé une amende à des sites qui déposent des cookies sans accord.",
        "Le maire a refusé de commenter cet article, et les capitaines se taisent aussi.",
        "Partager le port avec les villes voisines coûterait dix millions d’euros.",
        "Publié en 1998, le roman du capitaine a été traduit dans douze langues.",
        "Le juge a rappelé que tous les droits du plan appartiennent au port.",
        "Suivez la côte jusqu’au phare, et le port apparaît derrière les dunes.",
        "Les lecteurs peuvent s’abonner au journal au guichet du port depuis vendredi.",
        "Lire aussi mal à son âge étonne le maître, qui aide pourtant l’enfant.",
    ],
    "es": [
        "El boletín del puerto tiene trescientos suscriptores y sale los lunes.",
        "La publicidad da cada año menos dinero al diario del puerto.",
        "La agencia multó a varios sitios que usan cookies sin permiso de nadie.",
        "El alcalde no quiso comentar la noticia, y los capitanes callan también.",
        "Compartir el puerto con otras ciudades costaría diez millones de euros.",
        "Publicado en 1998, el libro del capitán fue traducido a doce lenguas.",
        "El juez recordó que todos los derechos del plano son del puerto.",
        "Siga la costa hasta el faro, y el puerto aparece tras las dunas.",
        "Los lectores pueden suscribirse al diario en la taquilla del puerto desde el viernes.",
        "Te puede interesar mucho el mar y no saber nadar, como prueba el capitán.",
    ],
    "it": [
        "La newsletter del porto ha trecento iscritti ed esce ogni lunedì.",
        "La pubblicità porta ogni anno meno soldi al giornale del porto.",
        "Il garante ha multato alcuni siti che usano cookie senza consenso.",
        "Il sindaco non ha voluto commentare la notizia, e i capitani tacciono.",
        "Condividere il porto con altre città costerebbe dieci milioni di euro.",
        "Pubblicato nel 1998, il libro del capitano è stato tradotto in dodici lingue.",
        "Il giudice ha ricordato che tutti i diritti del progetto sono del porto.",
        "Segui la costa fino al faro, e il porto appare dietro le dune.",
        "I lettori possono abbonarsi al giornale allo sportello del porto da venerdì.",
        "Leggi anche severe non hanno fermato i pescatori, spiega il capitano.",
    ],
    "pt": [
        "O boletim do porto tem trezentos assinantes e sai às segundas.",
        "A publicidade dá cada ano menos dinheiro ao jornal do porto.",
        "A agência multou vários sites que usam cookies sem permissão.",
        "O prefeito não quis comentar a notícia, e os capitães também se calam.",
        "Compartilhar o porto com outras cidades custaria dez milhões de reais.",
        "Publicado em 1998, o livro do capitão foi traduzido para doze línguas.",
        "O juiz lembrou que todos os direitos do projeto são do porto.",
        "Siga a costa até o farol, e o porto aparece atrás das dunas.",
        "Os leitores podem assinar o jornal no guichê do porto desde sexta.",
        "Leia também quem não gosta do mar, pediu o capitão aos alunos.",
    ],
    "nl": [
        "De nieuwsbrief van de haven heeft driehonderd abonnees en komt op maandag.",
        "Advertenties leveren de havenkrant elk jaar minder geld op.",
        "De toezichthouder beboette sites die zonder toestemming cookies plaatsen.",
        "De burgemeester wilde niet reageren op het artikel, en de kapiteins zwijgen ook.",
        "Delen met andere steden zou de haven tien miljoen euro kosten.",
        "Gepubliceerd in 1998 werd het boek van de kapitein in twaalf talen vertaald.",
        "De rechter zei dat alle rechten op het plan bij de haven liggen.",
        "Volg de kust tot de vuurtoren, en de haven ligt achter de duinen.",
        "Lezers kunnen sinds vrijdag abonnee worden aan het loket van de haven.",
        "Lees ook eens een kaart, zei de kapitein tegen de jonge matroos.",
    ],
    "tr": [
        "Limanın bülteninin üç yüz abonesi var ve bülten pazartesi çıkıyor.",
        "Reklam geliri liman gazetesine her yıl daha az para getiriyor.",
        "Kurum, izinsiz çerez kullanan sitelere ceza kesti.",
        "Başkan haber hakkında yorum yapmak istemedi, kaptanlar da susuyor.",
        "Limanı başka kentlerle paylaşmak on milyon liraya mal olacak.",
        "Yayın tarihi 1998 olan kitap on iki dile çevrildi.",
        "Yargıç, planın tüm haklarının limana ait olduğunu hatırlattı.",
        "Kıyıyı fenere kadar takip edin, liman kumulların ardında görünür.",
        "Okurlar cumadan beri limandaki gişede gazeteye abone olabiliyor.",
        "İlginizi çekebilecek her şeyi limanda bulursunuz, diyor kaptan.",
    ],
    "id": [
        "Buletin pelabuhan itu punya tiga ratus pelanggan dan terbit setiap Senin.",
        "Iklan setiap tahun memberi lebih sedikit uang kepada koran pelabuhan.",
        "Pengawas mendenda situs yang menggunakan cookie tanpa izin.",
        "Wali kota menolak berkomentar tentang berita itu, nakhoda pun diam.",
        "Berbagi pelabuhan dengan kota lain akan menelan sepuluh miliar rupiah.",
        "Diterbitkan pada 1998, buku nakhoda itu diterjemahkan ke dua belas bahasa.",
        "Hakim mengingatkan bahwa semua hak atas rencana itu milik pelabuhan.",
        "Ikuti pantai sampai mercusuar, dan pelabuhan tampak di balik bukit pasir.",
        "Pembaca dapat berlangganan koran di loket pelabuhan sejak Jumat.",
        "Baca juga peta itu, kata nakhoda kepada pelaut muda di dermaga.",
    ],
}


def _gone(articles: list[str], language: str | None) -> list[list[str]]:
    """Return what rules take from each article."""
    languages = pa.array([language] * len(articles), pa.string())
    removals, _ = rules.propose(split(pa.array(articles)), languages, BUNDLED)
    gone: list[list[str]] = [[] for _ in articles]
    for row in removals.to_pylist():
        gone[row["row"]].append(articles[row["row"]][row["start"] : row["end"]])
    return gone


@pytest.mark.parametrize("language", PROSE)
def test_boilerplate_goes_behind_the_article_where_its_language_is_known_or_not(language: str) -> None:
    articles = ["\n".join([PROSE[language]] * 8 + [line]) for line in GOES[language]]
    for known in (language, f"{language}-XX", None):
        assert _gone(articles, known) == [[line] for line in GOES[language]]


@pytest.mark.parametrize("language", PROSE)
def test_news_about_the_things_of_boilerplate_stays(language: str) -> None:
    others = [PROSE[language]] * 3
    articles = [
        "\n\n".join([*others[:place], sentence, *others[place:]])
        for sentence in STAYS[language]
        for place in range(4)
    ]
    for known in (language, None):
        assert _gone(articles, known) == [[]] * len(articles)


@pytest.mark.parametrize("language", PROSE)
def test_labels_of_one_language_are_left_to_articles_of_another(language: str) -> None:
    """A label that is common to several languages, or known to all packs, is not asked here."""
    other = "de"
    articles = ["\n".join([PROSE[language]] * 8 + [GOES[language][0]])]
    assert _gone(articles, other) == [[]]
