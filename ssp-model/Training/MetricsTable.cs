using System.Globalization;

namespace SspNative.Model.Training;

/// <summary><c>metrics.csv</c>: a line a step. A resumed run keeps the lines of the steps that its checkpoint has seen.</summary>
public sealed class MetricsTable : IDisposable
{
    private const string Header = "step,epoch,learning_rate,total,cross_entropy,mask,dice,post_mask,gradient_norm";

    private readonly StreamWriter _writer;

    /// <param name="path">The file.</param>
    /// <param name="stepsDone">Steps already taken, whose lines stay.</param>
    public MetricsTable(string path, int stepsDone)
    {
        string[] kept = File.Exists(path) ? [.. File.ReadLines(path).Skip(1).Take(stepsDone)] : [];
        _writer = new StreamWriter(path) { AutoFlush = true };
        _writer.WriteLine(Header);
        foreach (string line in kept)
            _writer.WriteLine(line);
    }

    public void Add(StepRecord step) => _writer.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{step.Step},{step.Epoch},{step.LearningRate},{step.Total},{step.CrossEntropy},{step.Mask},{step.Dice},{step.PostMask},{step.GradientNorm}"));

    public void Dispose() => _writer.Dispose();
}
