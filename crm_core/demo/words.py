"""The words demo data is made of, in three languages; equal places mean the same in each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from crm_core.domain.case import CaseKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One language's raw material."""

    given: Sequence[str]
    family: Sequence[str]
    cities: Sequence[str]
    company: Sequence[str]
    company_forms: Sequence[str]
    products: Sequence[tuple[str, int]]
    """Name and price in whole units of the currency."""
    currency: str
    country: str
    timezone: str
    problems: Sequence[str]
    """As ``PROBLEMS``."""
    complaints: Sequence[str]
    """As ``COMPLAINTS``."""
    notes: Sequence[str]
    """As ``NOTES``."""
    callback: str
    deal: str
    lost: Sequence[str]
    given_latin: Sequence[str] = ()
    family_latin: Sequence[str] = ()
    """The names as their bearers write them in addresses, unless they are Latin anyway."""


PROBLEMS: Final = (
    (CaseKind.REQUEST, "support"),
    (CaseKind.REQUEST, "support"),
    (CaseKind.REQUEST, "support"),
    (CaseKind.ENQUIRY, "support"),
    (CaseKind.REQUEST, "support"),
    (CaseKind.REQUEST, "billing"),
    (CaseKind.REQUEST, "support"),
    (CaseKind.ENQUIRY, "support"),
    (CaseKind.RETURN, "support"),
    (CaseKind.ENQUIRY, "sales"),
    (CaseKind.REQUEST, "billing"),
)
"""What each problem is to us, and whose it is."""
COMPLAINTS: Final = ("support", "support", "billing", "support")
"""Whose each complaint is."""
NOTES: Final = (
    ("support", "follow_up"),
    ("support", "follow_up"),
    ("support", "information"),
    ("support", "resolved"),
    ("billing", "follow_up"),
    ("support", "resolved"),
    ("support", "follow_up"),
    ("support", "resolved"),
    ("sales", "information"),
    ("billing", "resolved"),
    ("billing", "information"),
    ("sales", "follow_up"),
)
"""In which queue an agent would write each note, and with which disposition."""


def _list(text: str) -> list[str]:
    return text.split(",")


_EN: Final = Words(
    given=_list(
        "Olivia,James,Amelia,Noah,Grace,Daniel,Chloe,Samuel,Ruth,Martin,Hannah,"
        "Oscar,Priya,Marcus,Elena,Tobias,Naomi,Victor,Leah,Simon,Fatima,Patrick,"
        "Ingrid,Leon,Clara,Desmond,Yvonne,Arthur,Bianca,Hugo,Miriam,Callum,Rosa,"
        "Edwin,Nadia,Felix,Sylvia,Amir,Judith,Kwame,Beatrice,Stefan,Paula,Gordon,"
        "Irene,Malik,Teresa,Owen,Harriet,Luis,Deborah,Ronan,Alice,Vincent,Gloria,"
        "Sean,Petra,Andre,Molly,Wesley"
    ),
    family=_list(
        "Holloway,Bennett,Okafor,Whitaker,Lindqvist,Marlowe,Castellano,Ashford,Petrov,"
        "Delgado,Fairbanks,Nguyen,Sinclair,Abbott,Moreau,Kowalski,Thornton,Reyes,"
        "Donnelly,Schaefer,Calloway,Haddad,Brennan,Osei,Winslow,Ferrari,Langley,"
        "Mbeki,Prescott,Sorensen,Galloway,Mercer,Villanueva,Hartley,Jansen,Ellison,"
        "Draper,Novak,Kingsley,Romero,Beckett,Yates,Fitzgerald,Duarte,Harmon,Lowell,"
        "Banerjee,Crawford,Vance,Eriksen,Pemberton,Salazar,Whitfield,Carrow,Nolan,"
        "Tanaka,Hobbs,Merriweather,Adler,Quigley,Rowe,Stanton,Feld,Ibarra,Keane,"
        "Lockwood,Monroe,Odell,Pruitt,Rasmussen,Sterling,Trask,Underhill,Vaughn,"
        "Weller,Yoder,Zeller,Blackwood,Cromwell,Dunham"
    ),
    cities=_list(
        "Boston,Portland,Denver,Austin,Baltimore,Madison,Tucson,Albany,Savannah,"
        "Spokane,Omaha,Richmond,Sacramento,Buffalo,Memphis"
    ),
    company=_list(
        "Northwind,Harbor & Pine,Bluestone,Cedar Ridge,Atlas,Summit,Lakeshore,"
        "Ironbridge,Meadow,Redwood,Silverline,Foxglove,Granite,Beacon,Willow Creek,"
        "Copperfield,Highland,Eastgate"
    ),
    company_forms=_list(
        "Tooling Inc.,Logistics LLC,Foods Co.,Dental Group,Hotels,Software Inc.,"
        "Garden Supply,Clinics,Printing Co.,Coffee Roasters"
    ),
    products=(
        ("Espresso machine", 489), ("Robot vacuum", 329), ("Office chair", 265),
        ("Noise-cancelling headphones", 219), ("Air purifier", 179), ("Standing desk", 549),
        ("27-inch monitor", 299), ("Electric kettle", 59), ("Wi-Fi router", 139),
        ("Cordless drill", 119), ("Water filter set", 45), ("Tablet 11", 399),
        ("Extended warranty", 89), ("Heat pump dryer", 899),
    ),
    currency="USD",
    country="US",
    timezone="America/New_York",
    problems=(
        "Delivery date keeps moving", "Wrong item in the parcel", "Device does not switch on",
        "How to register the warranty", "Change of delivery address", "Invoice shows old address",
        "Part missing from the box", "App cannot find the device", "Wants to return within 30 days",
        "Question about the maintenance plan", "Charged twice for one order",
    ),
    complaints=(
        "Third delivery date missed", "Technician did not come", "Refund promised, not received",
        "Repaired twice, broken again",
    ),
    notes=(
        "Explained the steps, customer will try tonight.", "Asked for the order to be checked.",
        "Gave the tracking number.", "Confirmed the new address.", "Wants an answer by e-mail.",
        "Pleased with the quick help.", "Line was poor, will call again.",
        "Sent the manual once more.", "Asked about prices for three units.",
        "Invoice corrected and sent again.", "Refund is under way, five working days.",
        "Wants the quote until Friday.",
    ),
    callback="Call back about the open question",
    deal="New equipment",
    lost=("Bought elsewhere for less", "No budget this year", "Decided to repair the old one"),
)  # fmt: skip

_ZH: Final = Words(
    given=_list(
        "伟,芳,娜,敏,静,丽,强,磊,洋,艳,勇,杰,娟,涛,明,超,秀兰,霞,平,刚,"
        "桂英,建国,文静,子轩,梓涵,欣怡,浩然,雨桐,思远,佳怡,俊杰,晓燕,志强,海燕,雪梅,"
        "立新,春花,国华,婷婷,家豪,美玲,宇航,诗涵,嘉伟,若曦,晨光,一诺,博文,慧敏,天宇"
    ),
    family=_list(
        "王,李,张,刘,陈,杨,黄,赵,吴,周,徐,孙,马,朱,胡,郭,何,林,高,罗,"
        "郑,梁,谢,宋,唐,许,韩,冯,邓,曹,彭,曾,肖,田,董,潘,袁,蔡,蒋,余,"
        "于,杜,叶,程,魏,苏,吕,丁,任,卢,姚,沈,钟,姜,崔,谭,陆,范,汪,廖,"
        "石,金,欧阳,司马"
    ),
    given_latin=_list(
        "wei,fang,na,min,jing,li,qiang,lei,yang,yan,yong,jie,juan,tao,ming,chao,xiulan,xia,"
        "ping,gang,guiying,jianguo,wenjing,zixuan,zihan,xinyi,haoran,yutong,siyuan,jiayi,"
        "junjie,xiaoyan,zhiqiang,haiyan,xuemei,lixin,chunhua,guohua,tingting,jiahao,meiling,"
        "yuhang,shihan,jiawei,ruoxi,chenguang,yinuo,bowen,huimin,tianyu"
    ),
    family_latin=_list(
        "wang,li,zhang,liu,chen,yang,huang,zhao,wu,zhou,xu,sun,ma,zhu,hu,guo,he,lin,gao,luo,"
        "zheng,liang,xie,song,tang,xu,han,feng,deng,cao,peng,zeng,xiao,tian,dong,pan,yuan,cai,"
        "jiang,yu,yu,du,ye,cheng,wei,su,lv,ding,ren,lu,yao,shen,zhong,jiang,cui,tan,lu,fan,"
        "wang,liao,shi,jin,ouyang,sima"
    ),
    cities=_list(
        "北京,上海,广州,深圳,杭州,成都,武汉,西安,南京,苏州,重庆,天津,青岛,厦门,长沙"
    ),
    company=_list(
        "华兴,东方,瑞丰,明德,宏图,天成,金桥,恒信,蓝海,云帆,嘉禾,泰和,锦绣,新元,远航,"
        "博雅"
    ),
    company_forms=_list(
        "科技有限公司,贸易有限公司,餐饮管理有限公司,物流有限公司,电子有限公司,服装有限公司,医疗器械有限公司,"
        "文化传播有限公司"
    ),
    products=(
        ("意式咖啡机", 3299), ("扫地机器人", 2199), ("人体工学椅", 1680), ("降噪耳机", 1499),
        ("空气净化器", 1299), ("升降书桌", 2780), ("27寸显示器", 1899), ("电热水壶", 259),
        ("无线路由器", 599), ("无线电钻", 469), ("净水滤芯套装", 318), ("平板电脑", 2799),
        ("延长保修", 399), ("热泵烘干机", 4999),
    ),
    currency="CNY",
    country="CN",
    timezone="Asia/Shanghai",
    problems=(
        "快递一直没有更新", "收到的商品不对", "机器无法开机", "如何登记保修", "想修改收货地址",
        "发票抬头开错了", "包装里缺少配件", "应用找不到设备", "申请七天无理由退货", "咨询保养套餐",
        "同一订单被扣款两次",
    ),
    complaints=("配送三次改期", "约好的师傅没有上门", "答应的退款没有到账", "修了两次又坏了"),
    notes=(
        "已说明操作步骤，客户今晚再试。",
        "已请仓库核实订单。", "已提供快递单号。", "已确认新地址。",
        "客户希望邮件回复。", "客户对处理速度很满意。", "线路不好，稍后再打。",
        "已重新发送说明书。",
        "询问三台的团购价。", "发票已更正并重新发送。", "退款处理中，五个工作日到账。",
        "客户要求周五前给出报价。",
    ),
    callback="就未解决的问题回电",
    deal="新设备采购",
    lost=("在别家以更低价购买", "今年没有预算", "决定维修旧设备"),
)  # fmt: skip

_FA: Final = Words(
    given=_list(
        "علی,مریم,حسین,زهرا,رضا,فاطمه,امیر,نرگس,مهدی,سارا,سعید,لیلا,کاوه,شیرین,"
        "بهرام,مینا,آرش,نسرین,داریوش,پریسا,کیان,الهام,فرهاد,نازنین,سینا,سمیرا,"
        "پویا,یاسمن,کامران,شهرزاد,بابک,مهسا,ایمان,آزاده,نیما,رویا,حمید,ترانه,"
        "سهراب,گلناز,محسن,هانیه,پیمان,سپیده,یوسف,فرزانه,جواد,کتایون"
    ),
    family=_list(
        "محمدی,حسینی,احمدی,کریمی,رضایی,موسوی,جعفری,صادقی,رحیمی,ابراهیمی,قاسمی,"
        "یوسفی,مرادی,اکبری,شریفی,نوری,عباسی,کاظمی,سلیمانی,باقری,فرهادی,نجفی,طاهری,"
        "زارعی,شیرازی,تهرانی,اصفهانی,یزدانی,کرمانی,بهرامی,رستمی,خسروی,پارسا,دانش,"
        "مهرجو,نیک‌نام,آذری,فروزان,صفایی,میرزایی,افشار,بختیاری,جلالی,حیدری,راد,"
        "سپهری,شجاعی,فاضل,گودرزی,وحیدی,هاشمی"
    ),
    given_latin=_list(
        "ali,maryam,hossein,zahra,reza,fatemeh,amir,narges,mehdi,sara,saeed,leila,kaveh,shirin,"
        "bahram,mina,arash,nasrin,dariush,parisa,kian,elham,farhad,nazanin,sina,samira,"
        "pouya,yasaman,kamran,shahrzad,babak,mahsa,iman,azadeh,nima,roya,hamid,taraneh,"
        "sohrab,golnaz,mohsen,hanieh,peyman,sepideh,yousef,farzaneh,javad,katayoun"
    ),
    family_latin=_list(
        "mohammadi,hosseini,ahmadi,karimi,rezaei,mousavi,jafari,sadeghi,rahimi,ebrahimi,ghasemi,"
        "yousefi,moradi,akbari,sharifi,nouri,abbasi,kazemi,soleimani,bagheri,farhadi,najafi,"
        "taheri,zarei,shirazi,tehrani,esfahani,yazdani,kermani,bahrami,rostami,khosravi,parsa,"
        "danesh,mehrjoo,niknam,azari,forouzan,safaei,mirzaei,afshar,bakhtiari,jalali,heidari,rad,"
        "sepehri,shojaei,fazel,goudarzi,vahidi,hashemi"
    ),
    cities=_list(
        "تهران,مشهد,اصفهان,شیراز,تبریز,کرج,قم,اهواز,رشت,کرمان,یزد,همدان,اراک,"
        "ساری,بندرعباس"
    ),
    company=_list(
        "پارس,آریا,البرز,سپاهان,نوین,کیمیا,زاگرس,دماوند,خزر,مهر,آسمان,فردا,پیشرو,"
        "توس"
    ),
    company_forms=_list(
        "تجارت,صنعت,الکترونیک,غذا,ترابری,پوشاک,درمان,چاپ"
    ),
    products=(
        ("دستگاه اسپرسو", 185_000_000), ("جاروبرقی رباتی", 142_000_000),
        ("صندلی اداری", 68_000_000), ("هدفون بی‌سیم", 54_000_000), ("تصفیه هوا", 76_000_000),
        ("میز ایستاده", 98_000_000), ("نمایشگر ۲۷ اینچ", 110_000_000), ("کتری برقی", 14_500_000),
        ("مودم بی‌سیم", 23_000_000), ("دریل شارژی", 31_000_000), ("فیلتر آب", 9_800_000),
        ("تبلت ۱۱ اینچ", 165_000_000), ("ضمانت تکمیلی", 12_000_000), ("خشک‌کن", 240_000_000),
    ),
    currency="IRR",
    country="IR",
    timezone="Asia/Tehran",
    problems=(
        "سفارش هنوز نرسیده است", "کالای اشتباه فرستاده شد", "دستگاه روشن نمی‌شود",
        "چگونگی ثبت ضمانت", "تغییر نشانی تحویل", "نام روی فاکتور نادرست است",
        "یک قطعه در جعبه نیست", "برنامه دستگاه را پیدا نمی‌کند", "درخواست بازگرداندن کالا",
        "پرسش درباره سرویس دوره‌ای", "دو بار پول برداشت شده است",
    ),
    complaints=(
        "سه بار تاریخ تحویل عوض شد", "تعمیرکار نیامد", "پول بازگردانده نشد",
        "دو بار تعمیر شد و باز خراب است",
    ),
    notes=(
        "مراحل توضیح داده شد، امشب دوباره امتحان می‌کند.", "پیگیری سفارش خواسته شد.",
        "کد رهگیری داده شد.", "نشانی تازه تأیید شد.", "پاسخ را با رایانامه می‌خواهد.",
        "از پاسخ سریع راضی بود.", "صدا ضعیف بود، دوباره زنگ می‌زند.", "راهنما دوباره فرستاده شد.",
        "قیمت سه دستگاه را پرسید.", "فاکتور اصلاح و دوباره فرستاده شد.",
        "بازگشت پول در جریان است، پنج روز کاری.", "پیش‌فاکتور را تا جمعه می‌خواهد.",
    ),
    callback="تماس دوباره درباره پرسش باز",
    deal="خرید تجهیزات تازه",
    lost=("ارزان‌تر از جای دیگر خرید", "امسال بودجه ندارد", "دستگاه کهنه را تعمیر می‌کند"),
)  # fmt: skip

WORDS: Final[Mapping[str, Words]] = {"en": _EN, "zh": _ZH, "fa": _FA}
SHARES: Final = {"en": 40, "zh": 35, "fa": 25}
