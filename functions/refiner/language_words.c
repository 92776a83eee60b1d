#include "functions/refiner/language_words.h"

const struct language_words language_words[LANGUAGE_WORDS_COUNT] = {
    {STR_INIT("en"), STR_INIT("English"),
     STR_INIT(" the of and to in a is that it for on with as at by this from be are was not or an "
              "you your my we our i "
              "me have has had can will would should how what when where why who which make show "
              "about into than then "
              "their there they them he she his her its but if do does all more some any no so up "
              "out one video image "
              "explain please create want need ad commercial trailer recipe recipes poster picture "
              "photo portrait song music story team product company brand home house garden family "
              "dog cat beach city birthday wedding summer easy modern new short second seconds "
              "minute minutes shoes "),
     STR_INIT("")},
    {STR_INIT("fr"), STR_INIT("French"),
     STR_INIT(" le la les un une des du de et est en dans pour que qui sur avec par ce cette ces "
              "au aux ne pas plus je tu "
              "il elle nous vous ils mon ma mes ton son sa ses notre votre leur ou mais comme "
              "comment quand pourquoi "
              "quel quelle être avoir fait faire sont à très c d l j qu n s une vidéo montre "
              "explique créer affiche chien chat plage maison jardin ville anniversaire mariage "
              "été recette recettes facile faciles publicité produit équipe entreprise marque "
              "famille histoire musique chanson photo portrait nouveau nouvelle moderne secondes "
              "minutes chaussures "),
     STR_INIT("àâçéèêëîïôûùüœæ")},
    {STR_INIT("es"), STR_INIT("Spanish"),
     STR_INIT(" el la los las un una unos unas de del y en que es por para con se no lo su sus al "
              "como cómo más pero mi "
              "mis tu este esta estos estas ese eso son ser está están hay muy qué cuando cuándo "
              "donde dónde quién nos "
              "yo ella ellos nuestro nuestra sin sobre entre hacer hasta desde también video vídeo "
              "imagen crear "
              "explica muestra cartel perro gato playa casa jardín ciudad cumpleaños boda verano "
              "receta recetas fácil fáciles anuncio producto equipo empresa marca familia historia "
              "música canción foto retrato nuevo nueva moderno moderna segundos minutos zapatos "),
     STR_INIT("áéíñóúü¿¡")},
    {STR_INIT("de"), STR_INIT("German"),
     STR_INIT(
         " der die das den dem des ein eine einen einem einer und ist in im zu zum zur mit "
         "von vom für auf an am als "
         "auch nicht nur es ich du er sie wir ihr mein meine dein unser sich sind war wird "
         "werden hat haben wie was "
         "wann wo warum wer oder aber bei nach aus um über unter dass so noch mehr kein keine "
         "bitte zeige erkläre "
         "bild plakat hund katze strand haus hause garten stadt geburtstag hochzeit sommer rezept "
         "rezepte einfach einfache werbung produkt firma marke familie geschichte musik lied foto "
         "porträt neue neues modern moderne man meiner meinem unseren sekunden minuten schuhe "),
     STR_INIT("äöüß")},
    {STR_INIT("it"), STR_INIT("Italian"),
     STR_INIT(
         " il lo la i gli le un uno una di del della dei delle e è in nel nella che per con "
         "su da dal al alla non si "
         "come più ma mio mia tuo suo sua questo questa questi sono essere ha hanno ho c l "
         "quando dove perché chi "
         "cosa anche molto tra fra se ci noi voi loro nostro senza fare crea mostra spiega "
         "immagine video poster cane gatto spiaggia casa giardino città compleanno matrimonio "
         "estate ricetta ricette facile facili pubblicità prodotto squadra azienda marca famiglia "
         "storia musica canzone foto ritratto nuovo nuova moderno moderna secondi minuti scarpe "),
     STR_INIT("àèéìòù")},
    {STR_INIT("pt"), STR_INIT("Portuguese"),
     STR_INIT(
         " o a os as um uma uns umas de do da dos das e em no na nos nas que é para por com se não "
         "mais como mas meu "
         "minha seu sua este esta isto isso são ser está há muito também quando onde porque quem "
         "qual ao à eu ele "
         "ela nós você vocês nosso sem sobre entre fazer até vídeo imagem crie mostre explique "
         "cartaz cachorro gato praia casa jardim cidade aniversário casamento verão receita "
         "receitas fácil fáceis anúncio produto equipe empresa marca família história música "
         "canção foto retrato novo nova moderno moderna segundos minutos sapatos "),
     STR_INIT("ãõáâàçéêíóôú")},
    {STR_INIT("nl"), STR_INIT("Dutch"),
     STR_INIT(" de het een en van is in op te dat die voor met zijn niet aan er ook als bij om uit "
              "maar naar door over ik "
              "je jij hij zij we wij mijn jouw ons onze hun dit deze wat hoe waar wanneer waarom "
              "wie heeft hebben kan "
              "worden wordt meer geen nog toen dan of tot maak toon leg filmpje afbeelding "),
     STR_INIT("ĳ")},
    {STR_INIT("sv"), STR_INIT("Swedish"),
     STR_INIT(" och att det i en ett är som på av för med den de till inte om har jag du han hon "
              "vi ni min mitt din vår "
              "sin från var men så kan ska skulle vad hur när där varför vem eller också mer ingen "
              "efter under över "
              "denna detta dessa gör skapa visa bild "),
     STR_INIT("åäö")},
    {STR_INIT("pl"), STR_INIT("Polish"),
     STR_INIT(" i w z na do nie się to jest że o jak po za od dla przez przy ze ale co czy tak już "
              "jego jej mój moja nasz "
              "ten ta te są był była być ma mam może który która które kiedy gdzie dlaczego kto "
              "oraz bez nad pod jeden "
              "bardzo także film obraz pokaż wyjaśnij "),
     STR_INIT("ąćęłńóśźż")},
    {STR_INIT("tr"), STR_INIT("Turkish"),
     STR_INIT(" ve bir bu da de için ile ne o çok daha gibi olan olarak var yok en ama ben sen biz "
              "siz onlar benim senin "
              "bizim nasıl neden nerede zaman kim her şey kadar sonra önce mi mı mu mü değil olsun "
              "video resim göster "
              "anlat oluştur hakkında "),
     STR_INIT("çğıöşü")},
    {STR_INIT("id"), STR_INIT("Indonesian"),
     STR_INIT(" yang dan di ke dari untuk dengan ini itu adalah pada tidak ada akan saya kamu kami "
              "kita dia mereka anda "
              "dalam oleh juga atau bisa sudah lebih sangat seperti bagaimana apa kapan mana "
              "mengapa siapa karena "
              "tentang buat buatkan jelaskan tunjukkan gambar sebuah para secara "),
     STR_INIT("")},
    {STR_INIT("vi"), STR_INIT("Vietnamese"),
     STR_INIT(" và của là có cho không được một các những này đó trong với để khi người tôi bạn "
              "chúng ta như thế nào gì ở "
              "đâu sao về từ đến ra vào rất cũng đã sẽ nhiều hay hãy làm tạo "),
     STR_INIT("ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ")},
    {STR_INIT("ru"), STR_INIT("Russian"),
     STR_INIT(" и в не на я что он с как это по но из у за от так же для о к мы вы она они мой моя "
              "наш его её их был была "
              "быть есть все всё или если когда где почему кто какой можно нужно очень видео "
              "покажи объясни "),
     STR_INIT("ыэъё")},
    {STR_INIT("uk"), STR_INIT("Ukrainian"),
     STR_INIT(
         " і в у не на я що він з як це по але із за від так для про до ми ви вона вони мій моя "
         "наш його її їх був була "
         "бути є всі або якщо коли де чому хто який можна треба дуже відео покажи поясни та й "),
     STR_INIT("іїєґ")},
};
