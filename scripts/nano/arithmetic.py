"""The calculations that a text writes before "=", and their results as the tools give them."""

import math
import re
from decimal import ROUND_HALF_UP, Decimal, getcontext

getcontext().prec = 60
NUMBER = r"-?\d+(?:\.\d+)?"
INFIX = {"+": "add", "-": "subtract", "*": "multiply", "/": "divide", "^": "power"}
NAMED = {"sqrt": "sqrt", "log": "log", "ln": "ln", "lcm": "lcm", "gcd": "gcd", "C": "choose", "P": "permutate"}


def calculate(text: str) -> tuple[str, str, str] | None:
    """The calculation at the end of a text: operator, arguments `8412, 377`, result; None when there is none."""
    named = re.search(rf"(?<![a-zA-Z])({'|'.join(NAMED)})\(({NUMBER}(?:, ?{NUMBER})*)\)$", text)
    remainder = re.search(rf"({NUMBER}) mod ({NUMBER})$", text)
    if named:
        operator, args = NAMED[named.group(1)], re.split(r", ?", named.group(2))
    elif remainder:
        operator, args = "remainder", [remainder.group(1), remainder.group(2)]
    else:
        infix = re.search(rf"(?<![\d.])({NUMBER}(?:([-+*/^])\(?{NUMBER}\)?)+)$", text)
        if infix is None:
            return None
        operator = INFIX[infix.group(2)]
        args = re.findall(rf"(?:^|[-+*/^])\(?({NUMBER})", infix.group(1))
    try:
        result = written(compute(operator, [Decimal(arg) for arg in args]))
    except (ArithmeticError, ValueError):
        return None
    return operator, ", ".join(args), result


def compute(operator: str, args: list[Decimal]) -> Decimal:
    match operator:
        case "add":
            return sum(args[1:], args[0])
        case "subtract":
            return args[0] - sum(args[1:])
        case "multiply":
            return math.prod(args[1:], start=args[0])
        case "divide":
            return args[0] / math.prod(args[1:], start=Decimal(1))
        case "power":
            return args[0] ** args[1]
        case "sqrt":
            return args[0].sqrt()
        case "log":
            return args[0].log10()
        case "ln":
            return args[0].ln()
        case "lcm":
            return Decimal(math.lcm(*map(int, args)))
        case "gcd":
            return Decimal(math.gcd(*map(int, args)))
        case "remainder":
            return args[0] - args[1] * (args[0] / args[1]).to_integral_value("ROUND_FLOOR")
        case "choose":
            return Decimal(math.comb(int(args[0]), int(args[1])))
        case _:
            return Decimal(math.perm(int(args[0]), int(args[1])))


def written(value: Decimal) -> str:
    """Two decimals, below 1 two digits after the leading zeros; no trailing zeros."""
    if value == 0:
        return "0"
    zeros = max(0, -value.adjusted() - 1)
    text = f"{value.quantize(Decimal(1).scaleb(-(2 + zeros)), ROUND_HALF_UP):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
