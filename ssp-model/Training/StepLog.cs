using System.Globalization;

namespace SspNative.Model.Training;

/// <summary><c>metrics.csv</c>: one row a step.</summary>
public sealed class StepLog : IDisposable
{
    private const string Header = "step,epoch,learning_rate,total,cross_entropy,mask,dice,post_mask,gradient_norm,clips";

    private readonly ResumedTable _table;

    /// <param name="path">The file; made, with its folder, when there is none.</param>
    /// <param name="step">Steps taken so far.</param>
    public StepLog(string path, int step) => _table = new ResumedTable(path, Header, file => step > 0 ? LengthOfLines(file, step + 1) : 0);

    public void Add(StepRecord record) => _table.Add(string.Create(
        CultureInfo.InvariantCulture,
        $"{record.Step},{record.Epoch},{record.LearningRate},{record.Total},{record.CrossEntropy},{record.Mask},{record.Dice},"
        + $"{record.PostMask},{record.GradientNorm},{Field(string.Join(' ', record.Clips))}"));

    public void Dispose() => _table.Dispose();

    /// <summary>Reads a file of steps. Names of clips that hold blanks come back in parts.</summary>
    /// <exception cref="InputException">It is missing or malformed; file and line are named.</exception>
    public static IReadOnlyList<StepRecord> Read(string path)
    {
        var table = new NumberTable(path);
        return
        [
            .. table.Rows.Select(row => new StepRecord(
                table.Integer(row, "step"), table.Integer(row, "epoch"), (float)table.Number(row, "learning_rate"), table.Number(row, "total"),
                table.Number(row, "cross_entropy"), table.Number(row, "mask"), table.Number(row, "dice"), table.NumberOrNone(row, "post_mask"),
                table.Number(row, "gradient_norm"), table.Text(row, "clips").Split(' ', StringSplitOptions.RemoveEmptyEntries))),
        ];
    }

    // Clips are named by whoever made the data.
    private static string Field(string text) =>
        text.AsSpan().ContainsAny(',', '"') ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;

    // Bytes of the first lines, or of all whole lines where there are fewer.
    private static long LengthOfLines(FileStream file, int lines)
    {
        long length = 0;
        for (int next = file.ReadByte(); next >= 0 && lines > 0; next = file.ReadByte())
            if (next == '\n')
            {
                length = file.Position;
                lines--;
            }
        return length;
    }
}
