using System.Text;

namespace SspNative.Model.Files;

/// <summary>
/// A table of comma-separated values with a header line (RFC 4180): quoted fields may hold commas, line breaks and doubled
/// quotes; lines end with LF or CRLF; a byte order mark and blank lines are skipped. Fields are trimmed. A file has at most
/// 16 MiB unless its reader allows more, a field 65,536 characters.
/// </summary>
internal sealed class CsvTable
{
    private const int MostFieldLength = 1 << 16;

    private readonly List<string> _columns;

    private CsvTable(string path, CsvRow header, List<CsvRow> rows)
    {
        Path = path;
        HeaderLine = header.Line;
        _columns = header.Fields;
        Rows = rows;
    }

    public string Path { get; }

    /// <summary>The number of the header's line, which blank ones may precede.</summary>
    public int HeaderLine { get; }

    public IReadOnlyList<CsvRow> Rows { get; }

    /// <param name="path">The file.</param>
    /// <param name="limit">Its most bytes.</param>
    /// <exception cref="InputException">The file is missing, empty, too large or no text, or a line does not fit the header.</exception>
    public static CsvTable Load(string path, long limit = InputFile.TextLimit)
    {
        List<CsvRow> rows = Parse(InputFile.ReadText(path, limit), path);
        if (rows.Count == 0)
            throw new InputException($"{path}: the table is empty");
        CsvRow header = rows[0];
        rows.RemoveAt(0);
        foreach (CsvRow row in rows)
            if (row.Fields.Count != header.Fields.Count)
                throw new InputException($"{path}: line {row.Line} has {row.Fields.Count} fields, the header {header.Fields.Count}");
        return new CsvTable(path, header, rows);
    }

    /// <summary>The position of a column.</summary>
    /// <exception cref="InputException">The header lacks it or has it twice.</exception>
    public int Column(string name)
    {
        int column = _columns.IndexOf(name);
        if (column < 0)
            throw new InputException($"{Path}: line {HeaderLine} names no column \"{name}\", only {ShortList.Of([.. _columns.Select(InputFile.Quote)])}");
        return _columns.LastIndexOf(name) == column
            ? column
            : throw new InputException($"{Path}: line {HeaderLine} names the column \"{name}\" twice");
    }

    /// <exception cref="InputException">There are fewer columns than that.</exception>
    public void RequireColumns(int count)
    {
        if (_columns.Count < count)
            throw new InputException($"{Path}: line {HeaderLine} names {_columns.Count} columns, fewer than {count}");
    }

    private static List<CsvRow> Parse(string text, string path)
    {
        var rows = new List<CsvRow>();
        var fields = new List<string>();
        var field = new StringBuilder();
        int line = 1, firstLine = 1;
        bool quoted = false, blank = true;
        for (int i = 0; i <= text.Length; i++)
        {
            char c = i < text.Length ? text[i] : '\n';
            if (quoted && i == text.Length)
                throw new InputException($"{path}: line {firstLine} has a quote that is never closed");
            if (c == '"' && quoted && i + 1 < text.Length && text[i + 1] == '"')
            {
                field.Append('"');
                blank = false;
                i++;
            }
            else if (c == '"' && (quoted || blank))
            {
                quoted = !quoted;
            }
            else if (c is ',' or '\n' && !quoted)
            {
                fields.Add(field.ToString().Trim());
                field.Clear();
                blank = true;
                if (c == '\n')
                {
                    if (fields is not [""])
                        rows.Add(new CsvRow(firstLine, fields));
                    fields = [];
                    firstLine = line + 1;
                }
            }
            else
            {
                field.Append(c);
                blank &= char.IsWhiteSpace(c);
                if (field.Length > MostFieldLength)
                    throw new InputException($"{path}: line {firstLine} has a field of more than {MostFieldLength} characters");
            }
            if (c == '\n')
                line++;
        }
        return rows;
    }
}

/// <param name="Line">The number of the row's first line, from 1.</param>
/// <param name="Fields">As many as the header has.</param>
internal sealed record CsvRow(int Line, List<string> Fields);
