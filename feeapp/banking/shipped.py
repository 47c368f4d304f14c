"""The formats that come with the house.

Agricultural Bank and Bank of China are held against sample files (tests/data/statements). The others follow the
header words of those banks' downloads as they are known; where a bank has changed them, the format is set up anew on
its page, without code.
"""

from __future__ import annotations

from feeapp.banking.formats import Column, Format
from feeapp.core.refusal import msg

SHIPPED: tuple[Format, ...] = (
    Format(
        "abc",
        msg("Agricultural Bank of China"),
        {
            Column.DAY: ("交易日期",),
            Column.TIME: ("交易时间",),
            Column.AMOUNT: ("交易金额",),
            Column.BALANCE: ("本次余额",),
            Column.NAME: ("对手信息",),
            Column.REFERENCE: ("日志号",),
            Column.MEMO: ("交易附言", "交易摘要"),
        },
    ),
    Format(
        "boc",
        msg("Bank of China"),
        {
            Column.DAY: ("记账日期",),
            Column.TIME: ("记账时间",),
            Column.CURRENCY: ("币别",),
            Column.AMOUNT: ("金额",),
            Column.BALANCE: ("余额",),
            Column.NAME: ("对方账户名",),
            Column.NUMBER: ("对方卡号/账号",),
            Column.MEMO: ("附言", "交易名称"),
        },
    ),
    Format(
        "cmb",
        msg("China Merchants Bank"),
        {
            Column.DAY: ("交易日",),
            Column.TIME: ("交易时间",),
            Column.OUTGOING: ("借方金额",),
            Column.INCOMING: ("贷方金额",),
            Column.BALANCE: ("余额",),
            Column.MEMO: ("摘要", "用途"),
            Column.REFERENCE: ("流水号",),
            Column.NAME: ("收(付)方名称", "收/付方名称"),
            Column.NUMBER: ("收(付)方账号", "收(付)方帐号", "收/付方账号"),
        },
    ),
    Format(
        "ccb",
        msg("China Construction Bank"),
        {
            Column.DAY: ("交易时间",),
            Column.OUTGOING: ("借方发生额(支取)", "借方发生额/元(支取)", "借方发生额"),
            Column.INCOMING: ("贷方发生额(收入)", "贷方发生额/元(收入)", "贷方发生额"),
            Column.BALANCE: ("余额",),
            Column.CURRENCY: ("币种",),
            Column.NAME: ("对方户名",),
            Column.NUMBER: ("对方账号",),
            Column.MEMO: ("摘要", "备注"),
            Column.REFERENCE: ("账户明细编号-交易流水号",),
        },
        days=("%Y%m%d", "%Y-%m-%d", "%Y/%m/%d"),
    ),
    Format(
        "icbc",
        msg("Industrial and Commercial Bank of China"),
        {
            Column.DAY: ("交易时间", "入账日期"),
            Column.DIRECTION: ("借/贷", "借贷标志"),
            Column.OUTGOING: ("转出金额", "借方发生额"),
            Column.INCOMING: ("转入金额", "贷方发生额"),
            Column.BALANCE: ("余额",),
            Column.NAME: ("对方单位名称", "对方单位"),
            Column.NUMBER: ("对方账号",),
            Column.MEMO: ("摘要", "用途", "附加信息", "个性化信息"),
            Column.REFERENCE: ("凭证号",),
        },
    ),
    Format(
        "bocom",
        msg("Bank of Communications"),
        {
            Column.DAY: ("交易日期", "交易时间"),
            Column.DIRECTION: ("借贷标志", "借贷"),
            Column.AMOUNT: ("发生额", "交易金额"),
            Column.BALANCE: ("余额",),
            Column.CURRENCY: ("币种",),
            Column.NAME: ("对方户名",),
            Column.NUMBER: ("对方账号",),
            Column.MEMO: ("摘要", "附言"),
            Column.REFERENCE: ("核心流水号", "交易流水号"),
        },
    ),
    Format(
        "wechat",
        msg("WeChat Pay merchant"),
        {
            Column.DAY: ("交易时间",),
            Column.INCOMING: ("订单金额", "总金额"),
            Column.OUTGOING: ("退款金额",),
            Column.FEE: ("手续费",),
            Column.CURRENCY: ("货币种类",),
            Column.NUMBER: ("用户标识",),
            Column.REFERENCE: ("微信订单号",),
            Column.MEMO: ("商品名称", "商户订单号"),
        },
        footers=("总交易单数",),
        of_channel=True,
    ),
    Format(
        "alipay",
        msg("Alipay merchant"),
        {
            Column.DAY: ("入账时间", "发生时间"),
            Column.INCOMING: ("收入(+元)", "收入金额(+元)"),
            Column.OUTGOING: ("支出(-元)", "支出金额(-元)"),
            Column.BALANCE: ("账户余额(元)",),
            Column.FEE: ("服务费(元)",),
            Column.NAME: ("对方名称",),
            Column.NUMBER: ("对方账户", "对方账号"),
            Column.REFERENCE: ("支付宝流水号", "账务流水号"),
            Column.MEMO: ("商品名称", "备注"),
        },
        of_channel=True,
    ),
    Format(
        "plain",
        msg("Any table with headings"),
        {
            Column.DAY: ("日期", "交易日期", "记账日期", "day", "date"),
            Column.TIME: ("时间", "交易时间", "time"),
            Column.AMOUNT: ("金额", "交易金额", "发生额", "amount"),
            Column.INCOMING: ("收入", "收入金额", "贷方", "贷方金额", "贷方发生额", "in", "credit"),
            Column.OUTGOING: ("支出", "支出金额", "借方", "借方金额", "借方发生额", "out", "debit"),
            Column.DIRECTION: ("收支", "收/支", "借贷", "借/贷", "方向", "direction"),
            Column.FEE: ("手续费", "fee"),
            Column.BALANCE: ("余额", "账户余额", "balance"),
            Column.NAME: ("对方户名", "对方名称", "付款人", "户名", "姓名", "name", "payer"),
            Column.NUMBER: ("对方账号", "账号", "account"),
            Column.MEMO: ("摘要", "附言", "备注", "用途", "memo", "note"),
            Column.REFERENCE: ("流水号", "交易流水号", "单号", "凭证号", "reference"),
            Column.CURRENCY: ("币种", "币别", "currency"),
        },
    ),
)
