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

    /// <param name="path">The file; made when there is none.</param>
    /// <param name="step">Steps taken so far.</param>
    public StepLog(string path, int step)
    {
        string[] rows = step > 0 && File.Exists(path) ? [.. File.ReadLines(path).Skip(1).Take(step)] : [];
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        _writer = new StreamWriter(path) { NewLine = "\n", AutoFlush = true };
        _writer.WriteLine(Header);
        foreach (string row in rows)
            _writer.WriteLine(row);
    }

    public void Add(StepRecord record) => _writer.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{record.Step},{record.Epoch},{record.LearningRate},{record.Total},{record.CrossEntropy},{record.Mask},{record.Dice},{record.PostMask},{record.GradientNorm},{string.Join(' ', record.Clips)}"));

    public void Dispose() => _writer.Dispose();
}
