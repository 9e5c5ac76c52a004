using System.Globalization;
using SspNative.Model.Files;

namespace SspNative.Model.Training;

/// <summary>The numbers of a table of comma-separated values; what is not one is an error that names file and line.</summary>
/// <exception cref="InputException">The file is missing or empty, or a line does not fit the header.</exception>
internal sealed class NumberTable(string path)
{
    // Half a million steps. The longest training that is published takes 170,000.
    private const long MostBytes = 128 << 20;

    private readonly CsvTable _table = CsvTable.Load(path, MostBytes);
    private readonly Dictionary<string, int> _columns = [];

    public IReadOnlyList<CsvRow> Rows => _table.Rows;

    public string Text(CsvRow row, string column)
    {
        if (!_columns.TryGetValue(column, out int index))
            _columns.Add(column, index = _table.Column(column));
        return row.Fields[index];
    }

    public int Integer(CsvRow row, string column) =>
        int.TryParse(Text(row, column), NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : throw Malformed(row, column);

    public double Number(CsvRow row, string column) =>
        double.TryParse(Text(row, column), NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value)
            ? value
            : throw Malformed(row, column);

    /// <summary>Null where the field is empty.</summary>
    public double? NumberOrNone(CsvRow row, string column) => Text(row, column).Length == 0 ? null : Number(row, column);

    private InputException Malformed(CsvRow row, string column) =>
        new($"{path}: line {row.Line}: {InputFile.Quote(Text(row, column))} is not a number for the column {column}");
}
