"""The receipts and notices that are kept in gold: what an office prints on a usual day, and on an unusual one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta, timezone

from feeapp.core.money import ZERO, Money, total
from feeapp.printing.certificate import CertificateLine, CertificatePaper
from feeapp.printing.notice import IN_DISPUTE, Activation, Aside, NoticeLine, NoticePaper
from feeapp.printing.price_list import PostedPrice, PriceListPaper
from feeapp.printing.receipt import Part, ReceiptLine, ReceiptPaper, Reprint, Tender
from feeapp.printing.statement import StatementPaper, StatementRow

yuan = Money.yuan
OFFICE = timezone(timedelta(hours=8))

JANUARY = ReceiptLine(
    "3号楼2单元501", "物业费", "2026-01", "86.53 m²", "0.65 元/m²·月", yuan("56.24"), item_en="Property fee"
)
DECEMBER = replace(JANUARY, period="2025-12")
PARKING = ReceiptLine("G07", "停车费", "2026-01", "1", "150 元/月", yuan("150.00"), item_en="Parking fee")

PLAIN = ReceiptPaper(
    title="收款收据",
    community="西花园小区",
    body="西花园物业服务有限公司",
    number="XHYS2026-000123",
    issued_on=date(2026, 1, 31),
    payer="张小明、李娜",
    lines=(JANUARY, DECEMBER, PARKING),
    total=yuan("262.48"),
    words="人民币贰佰陆拾贰元肆角捌分",
    tenders=(Tender("现金", yuan("262.48"), label_en="Cash"),),
    cashier="王芳",
)

PART_PAID = replace(
    PLAIN,
    lines=(replace(PARKING, period="2025-10 至 2025-12", amount=yuan("500.00"), remaining=yuan("312.40")),),
    total=yuan("500.00"),
    words="人民币伍佰元整",
    tenders=(Tender("转账", yuan("500.00"), "20260131008812", "Transfer"),),
    parts=(Part.CUSTOMER,),
)

TENDERS = replace(
    PLAIN,
    tenders=(
        Tender("现金", yuan("200.00"), label_en="Cash"),
        Tender("微信", yuan("100.00"), "4200002345202601311234567890", "WeChat"),
    ),
    change=yuan("37.52"),
    reviewer="刘敏",
    remark="车位费由李娜代交。",
    check="https://fees.example.cn/r/7Q2M-4K8X",
    parts=(Part.CUSTOMER,),
)

REPRINT = replace(PLAIN, reprint=Reprint(2, datetime(2026, 2, 3, 10, 20, tzinfo=OFFICE), "王芳"), parts=(Part.BOOK,))
LATE = replace(
    PLAIN,
    lines=(
        replace(JANUARY, period="2024-12", amount=yuan("674.88")),
        ReceiptLine(
            "3号楼2单元501", "物业费违约金", "2024-12", "69 天", "0.03%/天", yuan("10.00"), yuan("3.97"),
            "Late charge: Property fee",
        ),
    ),
    total=yuan("684.88"),
    words="人民币陆佰捌拾肆元捌角捌分",
    tenders=(Tender("现金", yuan("684.88"), label_en="Cash"),),
    parts=(Part.CUSTOMER,),
)  # fmt: skip

VOID = replace(PLAIN, void=True, parts=(Part.STUB,))

LONG = replace(
    PLAIN,
    community="东方明珠国际花园二期",
    body="哈尔滨市香坊区东方明珠国际花园第二届业主委员会",
    payer="欧阳小明、司徒静怡、阿卜杜拉·买买提",
    payer_title="哈尔滨东方明珠国际贸易（集团）有限责任公司第三分公司",
    lines=(
        ReceiptLine(
            "东方明珠国际花园二期12号楼3单元2801室",
            "老旧小区改造居民出资（外立面、管网、加装电梯）",
            "2025-12-01 至 2026-11-30",
            "1,234.56 ㎡",
            "148.1442 元/㎡",
            yuan("182893.00"),
        ),
    ),
    total=yuan("182893.00"),
    words="人民币壹拾捌万贰仟捌佰玖拾叁元整",
    tenders=(Tender("转账", yuan("182893.00"), "2026013100881234567890"),),
    remark="第二期出资，第三期应于2026年6月30日前缴清；收据遗失请凭身份证件到收费处补打。",
    parts=(Part.CUSTOMER,),
)

_YEARS = tuple(
    line
    for month in range(12)
    for line in (replace(JANUARY, period=f"2025-{month + 1:02}"), replace(PARKING, period=f"2025-{month + 1:02}"))
)
LINES_24 = replace(
    PLAIN,
    lines=_YEARS,
    total=total(line.amount for line in _YEARS),
    words="人民币贰仟肆佰柒拾肆元捌角捌分",
    tenders=(Tender("支付宝", yuan("2474.88"), "2026013122001488"),),
    parts=(Part.CUSTOMER,),
)

RARE = replace(PLAIN, payer="姚𬭩、㛃䶮、喆犇堃", cashier="𬭩", parts=(Part.CUSTOMER,))
ENGLISH = replace(
    TENDERS,
    lines=(JANUARY, replace(PARKING, remaining=yuan("50.00"))),
    total=yuan("206.24"),
    words="人民币贰佰零陆元贰角肆分",
    change=yuan("93.76"),
    language="en",
)

RED = replace(
    PLAIN,
    lines=(replace(JANUARY, amount=yuan("-56.24")),),
    total=yuan("-56.24"),
    words="人民币负伍拾陆元贰角肆分",
    tenders=(Tender("现金", yuan("-56.24")),),
    title="红字收据",
    remark="冲销 XHYS2026-000101（2026-01-30）：房号收错",
    reviewer="孙丽华",
    parts=(Part.CUSTOMER,),
)

RECEIPTS = {
    "plain": PLAIN,
    "part-paid": PART_PAID,
    "late": LATE,
    "tenders": TENDERS,
    "reprint": REPRINT,
    "void": VOID,
    "long": LONG,
    "24-lines": LINES_24,
    "rare": RARE,
    "english": ENGLISH,
    "red": RED,
}

_OWED = (
    NoticeLine("3-2-501", "物业费", "2026-01", "建筑面积 86.53 平方米 × 0.65 元/平方米·月 = 56.24 元", yuan("56.24")),
    NoticeLine("3-2-501", "物业费", "2025-12", "建筑面积 86.53 平方米 × 0.65 元/平方米·月 = 56.24 元", yuan("56.24")),
    NoticeLine("G07", "停车费", "2026-01", "每月 150 元", yuan("150.00")),
)

NOTICE = NoticePaper(
    title="缴费通知单",
    community="西花园小区",
    body="西花园物业服务有限公司",
    number="3-2-501",
    issued_on=date(2026, 1, 15),
    addressee="张小明",
    address=("3号楼2单元501", "西花园小区"),
    lines=_OWED,
    total=yuan("262.48"),
    pay_by=date(2026, 1, 30),
    ways_to_pay=("到小区东门收费处缴费，周一至周六 8:30 至 17:00。", "登录手机网页缴费。"),
    contact="0451-8888 6620",
    activation=Activation("K7MQ-4XWP-2R", "https://fees.example.cn/my/activate?code=K7MQ-4XWP-2R", date(2026, 3, 31)),
)

_ARREARS = tuple(replace(_OWED[0], period=f"{2024 + at // 12}-{at % 12 + 1:02}") for at in range(24))
BILL = replace(
    NOTICE,
    title="缴费账单",
    number="3-2-501-202601",
    lines=(_OWED[0], _OWED[2]),
    month="2026年1月",
    arrears=(
        replace(
            _OWED[1], period="2025年2月至12月", explanation="欠缴 11 笔，应收合计 618.64 元", amount=yuan("618.64")
        ),
    ),
    total=yuan("824.88"),
    room="3-2-501",
    portal="https://fees.example.cn/my/",
    activation=None,
)
_LATE = NoticeLine("3-2-501", "物业费", "2025年2月", "56.24 元×325 天×每日 0.03%＝5.48 元", yuan("5.48"))
ASIDES = (
    Aside(*IN_DISPUTE, (replace(_OWED[1], period="2025年11月"),)),
    Aside(
        "截至 2026-01-20 违约金（缴费时收取，不计入合计）",
        "Late charges, due on payment",
        (_LATE,),
    ),
)
NOTICES = {
    "bill": BILL,
    "bill-english": replace(BILL, language="en"),
    "bill-beside": replace(BILL, asides=ASIDES),
    "bill-beside-english": replace(BILL, asides=ASIDES, language="en"),
    "bill-nothing-asked": replace(BILL, lines=(), arrears=(), total=ZERO, asides=ASIDES[:1]),
    "bill-clear": replace(BILL, lines=(), arrears=(), total=ZERO),
    "bill-long": replace(
        BILL, arrears=_ARREARS, total=yuan("1555.0") + yuan("1.00"), addressee="牡丹江市宏泰商贸有限责任公司第三分公司"
    ),
    "plain": NOTICE,
    "english": replace(NOTICE, language="en"),
    "disputed": replace(NOTICE, asides=ASIDES[:1]),
    "arrears": replace(NOTICE, lines=_ARREARS, total=yuan("1349.76"), activation=None),
}

_MOVES = (
    StatementRow(date(2025, 2, 1), "3-2-501 2025年2月 物业费 应收", "", yuan("56.24"), ZERO, ZERO, yuan("112.48")),
    StatementRow(date(2025, 2, 9), "3-2-501 2025年1月 物业费 减免 空置", "", ZERO, yuan("16.87"), ZERO, yuan("95.61")),
    StatementRow(
        date(2025, 3, 2), "3-2-501、G07 已缴 张小明", "XHYOP2025-000123", ZERO, ZERO, yuan("300.00"), yuan("-204.39")
    ),
    StatementRow(date(2025, 4, 1), "G07 2025年4月 停车费 应收", "", yuan("150.00"), ZERO, ZERO, yuan("-54.39")),
)
STATEMENT = StatementPaper(
    title="对账单",
    community="西花园小区",
    body="西花园物业服务有限公司",
    holder="张小明、李娜",
    units="3-2-501、G07",
    from_on=date(2025, 1, 1),
    to_on=date(2025, 12, 31),
    issued_on=date(2026, 1, 20),
    opening=yuan("56.24"),
    rows=_MOVES,
    charged=yuan("206.24"),
    reduced=yuan("16.87"),
    paid=yuan("300.00"),
    closing=yuan("-54.39"),
)
_MANY = tuple(
    replace(_MOVES[0], on=date(2020, 1, 1) + timedelta(days=30 * at), balance=yuan("56.24") * (at + 1))
    for at in range(72)
)
STATEMENTS = {
    "plain": STATEMENT,
    "english": replace(STATEMENT, language="en"),
    "many": replace(
        STATEMENT, opening=ZERO, rows=_MANY, charged=yuan("56.24") * 72, reduced=ZERO, paid=ZERO,
        closing=yuan("56.24") * 72,
    ),
    "empty": replace(STATEMENT, rows=(), charged=ZERO, reduced=ZERO, paid=ZERO, closing=yuan("56.24")),
}  # fmt: skip

PRICE_LIST = PriceListPaper(
    title="物业服务收费公示",
    community="西花园小区",
    body="西花园物业服务有限公司",
    phone="0453-6991234",
    as_of=date(2026, 1, 31),
    prices=(
        PostedPrice(
            item="物业费",
            content="公共部位清洁每日一次，绿化养护，秩序维护 24 小时值守，共用设施日常维修。",
            payers="住宅，全小区",
            method="按建筑面积，元/平方米·月；四舍五入到分，逐月取整",
            rates=("0.65 元/平方米·月", "2025-01-01 起"),
            price_type="政府指导价",
            basis="政府文件 物价部门批复〔2024〕31 号",
        ),
        PostedPrice(
            item="电梯运行费",
            content="",
            payers="住宅，3号楼",
            method="按建筑面积，元/平方米·月；四舍五入到分，逐月取整",
            rates=("0.35 元/平方米·月", "2026-01-01 起"),
            price_type="市场调节价",
            basis="业主大会决议 第 3 号",
            note="电梯运行费：电梯费楼层系数：1–2 层 × 0；3 层 × 0.8；其他楼层 × 1",
        ),
        PostedPrice(
            item="水费",
            content="代供水企业收取，不加收手续费。",
            payers="住宅，全小区",
            method="按表计量，元/单位用量；四舍五入到分，逐月取整",
            rates=("15 m³ 及以下：2.80 元/m³", "15 m³ 以上部分：4.00 元/m³", "2026-01-01 起"),
            price_type="政府指导价",
            basis="政府文件 市发改委阶梯水价通知",
        ),
    ),
)
PRICE_LISTS = {
    "plain": PRICE_LIST,
    "english": replace(PRICE_LIST, language="en"),
    "long": replace(PRICE_LIST, prices=PRICE_LIST.prices * 8),
}

CERTIFICATE = CertificatePaper(
    community="西花园小区",
    body="西花园物业服务有限公司",
    number="XHYZM2026-0001",
    holder="张小明、李娜",
    unit="3号楼2单元501",
    as_of_on=date(2026, 1, 20),
    issued_on=date(2026, 1, 20),
    lines=(),
    total=ZERO,
)
CERTIFICATES = {
    "clear": CERTIFICATE,
    "arrears": replace(
        CERTIFICATE,
        lines=(
            CertificateLine("物业费", "2025年2月至2025年12月（11 笔）", yuan("618.64")),
            CertificateLine("物业费", "2026年1月（1 笔）", yuan("56.24")),
        ),
        total=yuan("674.88"),
        language="en",
    ),
    "full": replace(
        CERTIFICATE,
        lines=tuple(
            CertificateLine(f"收费项目{at}", "2025年2月至2025年12月（11 笔）", yuan("618.64")) for at in range(12)
        ),
        total=yuan("618.64") * 12,
        language="en",
    ),
}
