"""Passwords that are tried first: the common ones that are long enough to pass, and words they are made of.

Chosen from what leaked lists agree on, in China and elsewhere, and from what people type at a property office.
"""

from __future__ import annotations

_PASSWORDS = """
1234567890 0123456789 0987654321 9876543210 1234512345 1231231231 12345678900 123456789a 123456789q 123456789z
a123456789 q123456789 z123456789 aa123456789 abc123456789 1234567890a 1234567890q 123456qwerty qwerty123456
qwertyuiop qwertyuiop123 qwerty12345 1qaz2wsx3edc 1qaz2wsx3edc4rfv 1q2w3e4r5t 1q2w3e4r5t6y q1w2e3r4t5 q1w2e3r4t5y6
qazwsxedcrfv qazwsx123456 asdfghjkl1 asdfghjkl123 asdfghjkl; zxcvbnm123 zxcvbnm1234 zxcvbnm123456 poiuytrewq
abcd123456 abcde12345 abcdefghij abcdefg123 abcdef123456 abc1234567 a1b2c3d4e5 aaaaaaaaaa aa12345678 a12345678910
1111111111 0000000000 8888888888 6666666666 1122334455 1112223334 1010101010 1212121212 5555555555 9999999999
5201314520 5201314521 1314520520 13145201314 woaini1314 woaini520 woaini5201314 woaini1314520 woaini123456
iloveyou520 iloveyou1314 iloveyou123 ilovechina password12 password123 password1234 password01 passw0rd123
p@ssw0rd123 p@ssword123 pass123456 administrator admin12345 admin123456 admin888888 root123456 test123456
welcome123 welcome1234 changeme123 letmein123 superman123 dragon12345 football123 baseball123 princess123
sunshine123 michael123 computer123 internet123 mima123456 woshishui1 wodemima123 nihao123456 zhang123456
wang123456 li12345678 liu1234567 chen123456 caonima123 wocaonima1 tiantian123 zhongguo123 wuye123456 wuyefei123
shoufei123 shoufei2024 shoufei2025 shoufei2026 yezhu123456 feeapp1234 feeapp123456
"""

COMMON_PASSWORDS = frozenset(_PASSWORDS.split())
"""Whole passwords, folded to lower case, of ten characters and more."""

_WORDS = """
password passwd passw0rd pssword passwort admin administrator root user guest test demo welcome letmein changeme
default secret master login abc abcd abcde abcdef qwe qwer qwert qwerty qwertyuiop asd asdf asdfgh asdfghjkl zxc
zxcv zxcvbn zxcvbnm qaz qazwsx wsx aaa iloveyou woaini nihao mima mm woshi zhongguo beijing china monkey
dragon superman sunshine princess football computer internet feeapp wuye wuyefei wuyeguanli shoufei shoufeiyuan
yezhu yewei xiaoqu kuaiji jingli cashier accountant manager committee auditor resident property fee
密码 我的密码 管理员 物业 物业费 收费 收费员 会计 经理 业主 小区
"""

COMMON_WORDS = frozenset(_WORDS.split())
"""Words that make a password guessable when nothing but figures and signs stands around them."""
