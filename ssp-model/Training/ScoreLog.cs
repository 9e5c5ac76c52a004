using System.Globalization;
using System.Text;
using SspNative.Model.Media;

namespace SspNative.Model.Training;

/// <summary>A score of an epoch's end.</summary>
/// <param name="Epoch">How many epochs were done.</param>
/// <param name="Split">What was scored: train, val or test.</param>
/// <param name="MeanIou">mIoU.</param>
/// <param name="FScore">F.</param>
public sealed record ScoreRecord(int Epoch, string Split, double MeanIou, double FScore);

/// <summary>
/// <c>scores.csv</c>: one row a scored split at each epoch's end. A resumed run drops the rows of epochs that its checkpoint does not know, so
/// that an interrupted run ends with the file of an uninterrupted one.
/// </summary>
public sealed class ScoreLog : IDisposable
{
    private const string Header = "epoch,split,miou,f";

    private readonly StreamWriter _writer;

    /// <param name="path">The file; made, with its folder, when there is none.</param>
    /// <param name="epochs">Epochs done so far.</param>
    /// <exception cref="InputException">The rows to keep cannot be read; file and line are named.</exception>
    public ScoreLog(string path, int epochs)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        long kept = epochs > 0 && File.Exists(path) ? LengthOfKept(path, epochs) : 0;
        var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        // Cut in place: a run killed here loses no row that it keeps.
        file.SetLength(kept);
        file.Position = kept;
        _writer = new StreamWriter(file) { NewLine = "\n", AutoFlush = true };
        if (kept == 0)
            _writer.WriteLine(Header);
    }

    public void Add(ScoreRecord record) => _writer.WriteLine(string.Create(
        CultureInfo.InvariantCulture, $"{record.Epoch},{record.Split},{record.MeanIou},{record.FScore}"));

    public void Dispose() => _writer.Dispose();

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
    private static long LengthOfKept(string path, int epochs)
    {
        byte[] bytes = InputFile.ReadBytes(path, InputFile.TextLimit);
        long kept = 0;
        for (int start = 0, line = 1; Array.IndexOf(bytes, (byte)'\n', start) is >= 0 and var end; start = end + 1, line++)
        {
            string text = Encoding.UTF8.GetString(bytes, start, end - start);
            if (line == 1 && text != Header)
                throw new InputException($"{path}: line 1 is not the header {Header}");
            if (line > 1)
            {
                if (!int.TryParse(text.Split(',')[0], NumberStyles.None, CultureInfo.InvariantCulture, out int epoch))
                    throw new InputException($"{path}: line {line} does not begin with an epoch");
                if (epoch > epochs)
                    break;
            }
            kept = end + 1;
        }
        return kept;
    }
}
