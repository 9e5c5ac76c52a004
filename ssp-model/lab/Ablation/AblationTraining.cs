using SspNative.Model.Training;

namespace SspNative.Lab.Ablation;

/// <summary>One training that a study needs.</summary>
/// <param name="Name">Its row in tables.</param>
/// <param name="Runner">What trains and scores it.</param>
/// <param name="Setting">What is trained.</param>
/// <param name="Seed">Of the training.</param>
public sealed record AblationTraining(string Name, AblationRunner Runner, AblationSetting Setting, ulong Seed)
{
    public string Folder => Runner.Folder(Setting, Seed);

    /// <summary>Looks at its clips and first weights, without training or writing anything.</summary>
    /// <exception cref="InputException">Clips cannot be used.</exception>
    /// <exception cref="InvalidDataException">The weights lack parameters that are not trained.</exception>
    public void Check() => Runner.Check(Setting, Seed);

    /// <summary>Trains and scores, if that is not done; null if it was stopped before.</summary>
    public AblationScore? Run(ITrainingObserver observer, CancellationToken stop) => Runner.Run(Setting, Seed, observer, stop);

    /// <summary>Those that are not done, each once however many rows share it.</summary>
    public static AblationTraining[] Open(IEnumerable<AblationTraining> all) =>
        [.. all.Where(t => !t.Runner.IsDone(t.Setting, t.Seed)).DistinctBy(t => t.Folder)];
}
