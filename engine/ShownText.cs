namespace SspNative.Engine;

/// <summary>Texts from files as messages show them: on one line, short, and without what a terminal would obey.</summary>
public static class ShownText
{
    /// <summary>The first characters of a text, control characters and halves of surrogate pairs replaced.</summary>
    /// <param name="most">How many characters at most; the rest becomes "…".</param>
    public static string Of(string text, int most = 200)
    {
        int length = text.Length <= most ? text.Length : most;
        if (length < text.Length && char.IsHighSurrogate(text[length - 1]))
            length--;
        char[] shown = text.ToCharArray(0, length);
        for (int i = 0; i < length; i++)
            if (i + 1 < length && char.IsSurrogatePair(shown[i], shown[i + 1]))
                i++;
            else if (char.IsControl(shown[i]) || char.IsSurrogate(shown[i]) || shown[i] is '\u2028' or '\u2029')
                shown[i] = '\uFFFD';
        return length < text.Length ? $"{new string(shown)}…" : new string(shown);
    }
}
