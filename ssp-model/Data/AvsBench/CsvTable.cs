using System.Text;

namespace SspNative.Model.Data.AvsBench;

/// <summary>
/// A table of comma-separated values with a header line (RFC 4180): quoted fields may hold commas, line breaks and doubled
/// quotes; lines end with LF or CRLF; a byte order mark and blank lines are skipped. Fields are trimmed.
/// </summary>
internal sealed class CsvTable
{
    private readonly List<string> _columns;

    private CsvTable(string path, List<string> columns, List<CsvRow> rows)
    {
        Path = path;
        _columns = columns;
        Rows = rows;
    }

    public string Path { get; }

    public IReadOnlyList<CsvRow> Rows { get; }

    /// <exception cref="InputException">The file is missing or empty, or a line does not fit the header.</exception>
    public static CsvTable Load(string path)
    {
        if (!File.Exists(path))
            throw new InputException($"{path}: no such file");
        // Reading as UTF-8 drops a byte order mark.
        List<CsvRow> rows = Parse(File.ReadAllText(path, Encoding.UTF8), path);
        if (rows.Count == 0)
            throw new InputException($"{path}: the table is empty");
        List<string> columns = rows[0].Fields;
        rows.RemoveAt(0);
        foreach (CsvRow row in rows)
            if (row.Fields.Count != columns.Count)
                throw new InputException($"{path}: line {row.Line} has {row.Fields.Count} fields, the header {columns.Count}");
        return new CsvTable(path, columns, rows);
    }

    /// <summary>The position of a column.</summary>
    /// <exception cref="InputException">The header lacks it.</exception>
    public int Column(string name)
    {
        int column = _columns.IndexOf(name);
        return column >= 0
            ? column
            : throw new InputException($"{Path}: line 1 names no column \"{name}\", only {ShortList.Of(_columns)}");
    }

    /// <exception cref="InputException">There are fewer columns than that.</exception>
    public void RequireColumns(int count)
    {
        if (_columns.Count < count)
            throw new InputException($"{Path}: line 1 names {_columns.Count} columns, fewer than {count}");
    }

    private static List<CsvRow> Parse(string text, string path)
    {
        var rows = new List<CsvRow>();
        var fields = new List<string>();
        var field = new StringBuilder();
        int line = 1, firstLine = 1;
        bool quoted = false;
        for (int i = 0; i <= text.Length; i++)
        {
            char c = i < text.Length ? text[i] : '\n';
            if (quoted && i == text.Length)
                throw new InputException($"{path}: line {firstLine} has a quote that is never closed");
            if (c == '"' && quoted && i + 1 < text.Length && text[i + 1] == '"')
            {
                field.Append('"');
                i++;
            }
            else if (c == '"' && (quoted || string.IsNullOrWhiteSpace(field.ToString())))
            {
                quoted = !quoted;
            }
            else if (c is ',' or '\n' && !quoted)
            {
                fields.Add(field.ToString().Trim());
                field.Clear();
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
