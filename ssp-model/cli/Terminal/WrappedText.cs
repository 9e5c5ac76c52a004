namespace SspNative.Cli.Terminal;

/// <summary>Text in lines that are no longer than a terminal is wide.</summary>
internal static class WrappedText
{
    /// <summary>The fewest characters beside a name that are read with ease.</summary>
    public const int Readable = 40;

    // Where a word that no line has room for may be cut: behind one of these.
    private const string Joints = "/\\|=,.-_";

    /// <summary>Breaks a text between its words, and a word alone where it is longer than a line.</summary>
    /// <param name="text">The text.</param>
    /// <param name="width">The most characters of a line.</param>
    /// <param name="cutsWords">Else a line with a longer word is longer.</param>
    public static IEnumerable<string> Lines(string text, int width, bool cutsWords = true)
    {
        string line = "";
        foreach (string whole in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            string word = whole;
            if (line.Length > 0 && line.Length + 1 + (long)word.Length <= width)
            {
                line += $" {word}";
                continue;
            }
            if (line.Length > 0)
                yield return line;
            for (; cutsWords && word.Length > width; word = word[line.Length..])
                yield return line = word[..Cut(word, width)];
            line = word;
        }
        if (line.Length > 0)
            yield return line;
    }

    /// <summary>
    /// A name and what is said of it. Where the place beside the name is too narrow to read, what is said stands below it.
    /// </summary>
    /// <param name="indent">Before the name.</param>
    /// <param name="name">The name.</param>
    /// <param name="column">Where what is said of names begins.</param>
    /// <param name="text">What is said of it.</param>
    /// <param name="width">The most characters of a line.</param>
    public static IEnumerable<string> Entry(string indent, string name, int column, string text, int width)
    {
        if (width - column >= Readable)
        {
            string begin = $"{indent}{name}".PadRight(column);
            foreach (string line in Lines(text, width - column))
            {
                yield return begin + line;
                begin = new string(' ', column);
            }
            yield break;
        }
        foreach (string line in Lines(name, width - indent.Length))
            yield return indent + line;
        string below = $"{indent}    ";
        foreach (string line in Lines(text, width - below.Length))
            yield return below + line;
    }

    private static int Cut(string word, int width)
    {
        int joint = word.AsSpan(0, width).LastIndexOfAny(Joints);
        return joint > 0 ? joint + 1 : char.IsHighSurrogate(word[width - 1]) ? width - 1 : width;
    }
}
