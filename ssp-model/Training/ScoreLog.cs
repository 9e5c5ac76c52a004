using System.Globalization;
using System.Text;

namespace SspNative.Model.Training;

/// <summary>A score of an epoch's end.</summary>
/// <param name="Epoch">How many epochs were done.</param>
/// <param name="Split">What was scored: train, val or test.</param>
/// <param name="MeanIou">mIoU.</param>
/// <param name="FScore">The F-score of the same masks.</param>
public sealed record ScoreRecord(int Epoch, string Split, double MeanIou, double FScore);

/// <summary><c>scores.csv</c>: one row a scored split at each epoch's end.</summary>
public sealed class ScoreLog : IDisposable
{
    private const string Header = "epoch,split,miou,f";

    private const int MostOfLine = 1000;

    private readonly ResumedTable _table;

    /// <param name="path">The file; made, with its folder, when there is none.</param>
    /// <param name="epochs">Epochs done so far.</param>
    /// <exception cref="InputException">The rows to keep cannot be read; file and line are named.</exception>
    public ScoreLog(string path, int epochs) => _table = new ResumedTable(path, Header, file => epochs > 0 ? LengthOfKept(file, path, epochs) : 0);

    public void Add(ScoreRecord record) => _table.Add(string.Create(
        CultureInfo.InvariantCulture, $"{record.Epoch},{record.Split},{record.MeanIou},{record.FScore}"));

    public void Dispose() => _table.Dispose();

    /// <summary>Reads a file of scores.</summary>
    /// <exception cref="InputException">It is missing or malformed; file and line are named.</exception>
    public static IReadOnlyList<ScoreRecord> Read(string path)
    {
        var table = new NumberTable(path);
        return
        [
            .. table.Rows.Select(row => new ScoreRecord(
                table.Integer(row, "epoch"), table.Text(row, "split"), table.Number(row, "miou"), table.Number(row, "f"))),
        ];
    }

    // Bytes of the header and of the first whole lines of known epochs.
    private static long LengthOfKept(FileStream file, string path, int epochs)
    {
        long kept = 0;
        int line = 1;
        for (string? text = NextLine(file); text is not null; text = NextLine(file), line++)
        {
            if (line == 1 && text != Header)
                throw new InputException($"{path}: line 1 is not the header {Header}");
            if (line > 1)
            {
                if (!int.TryParse(text.Split(',')[0], NumberStyles.None, CultureInfo.InvariantCulture, out int epoch))
                    throw new InputException($"{path}: line {line} does not begin with an epoch");
                if (epoch > epochs)
                    break;
            }
            kept = file.Position;
        }
        return kept;
    }

    // A line that ends, and of which a row can be told; null at the end. What follows the first characters of a longer one says nothing.
    private static string? NextLine(FileStream file)
    {
        var text = new StringBuilder();
        for (int next = file.ReadByte(); next >= 0; next = file.ReadByte())
        {
            if (next == '\n')
                return text.ToString();
            if (text.Length < MostOfLine)
                text.Append((char)next);
        }
        return null;
    }
}
