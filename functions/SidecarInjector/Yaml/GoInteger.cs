namespace SidecarInjector.Yaml;

/// <summary>Integers as Go's <c>strconv.ParseInt</c> reads them, and without a sign as its <c>ParseUint</c> does.</summary>
internal static class GoInteger
{
    /// <summary>The prefix gives the radix: <c>0b</c>, <c>0o</c>, <c>0x</c>, or <c>0</c> alone for octal.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Int128 number)
    {
        var digits = text is ['+' or '-', ..] ? text[1..] : text;
        var (radix, prefix) = digits switch
        {
            ['0', 'b' or 'B', _, ..] => (2, 2),
            ['0', 'o' or 'O', _, ..] => (8, 2),
            ['0', 'x' or 'X', _, ..] => (16, 2),
            ['0', _, ..] => (8, 1),
            _ => (10, 0),
        };
        return TryParse(text, digits[prefix..], radix, out number);
    }

    public static bool TryParseBinary(ReadOnlySpan<char> text, out Int128 number) =>
        TryParse(text, text is ['+' or '-', ..] ? text[1..] : text, radix: 2, out number);

    private static bool TryParse(ReadOnlySpan<char> text, ReadOnlySpan<char> digits, int radix, out Int128 number)
    {
        number = 0;
        foreach (var c in digits)
        {
            var digit = DigitOf(c);
            number = (number * radix) + digit;
            if (digit >= radix || number > ulong.MaxValue)
            {
                return false;
            }
        }

        if (text is ['-', ..])
        {
            number = -number;
        }

        var isInRange = text is not ['+' or '-', ..] || (number >= long.MinValue && number <= long.MaxValue);
        return isInRange && !digits.IsEmpty;
    }

    private static int DigitOf(char c) => c switch
    {
        >= '0' and <= '9' => c - '0',
        >= 'a' and <= 'f' => c - 'a' + 10,
        >= 'A' and <= 'F' => c - 'A' + 10,
        _ => int.MaxValue,
    };
}
