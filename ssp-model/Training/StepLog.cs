using System.Globalization;

namespace SspNative.Model.Training;

/// <summary>
/// <c>metrics.csv</c>: one row a step. A resumed run drops the rows of steps that its checkpoint does not know, so that an interrupted run
/// ends with the file of an uninterrupted one.
/// </summary>
public sealed class StepLog : IDisposable
{
    private const string Header = "step,epoch,learning_rate,total,cross_entropy,mask,dice,post_mask,gradient_norm,clips";

    private readonly StreamWriter _writer;

    /// <param name="path">The file; made, with its folder, when there is none.</param>
    /// <param name="step">Steps taken so far.</param>
    public StepLog(string path, int step)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        long kept = step > 0 ? LengthOfLines(file, step + 1) : 0;
        // Cut in place: a run killed here loses no row that it keeps.
        file.SetLength(kept);
        file.Position = kept;
        _writer = new StreamWriter(file) { NewLine = "\n", AutoFlush = true };
        if (kept == 0)
            _writer.WriteLine(Header);
    }

    public void Add(StepRecord record) => _writer.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{record.Step},{record.Epoch},{record.LearningRate},{record.Total},{record.CrossEntropy},{record.Mask},{record.Dice},{record.PostMask},{record.GradientNorm},{string.Join(' ', record.Clips)}"));

    public void Dispose() => _writer.Dispose();

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
