using SspNative.Engine;
using SspNative.Engine.Distributed;
using SspNative.Kernels;
using SspNative.Lab.Ablation;
using SspNative.Model.Evaluation;
using SspNative.Model.Preprocessing;
using SspNative.Model.Training;
using SspNative.Model.Weights;

namespace SspNative.Cli.Evaluating;

/// <summary>What all trainings of a study have in common.</summary>
/// <param name="Folder">Of the study.</param>
/// <param name="Shared">What all variants share.</param>
/// <param name="Weights">First weights.</param>
/// <param name="Tokenizer">The tokenizer of the text encoder.</param>
/// <param name="Vocabulary">Its vocabulary; null where it hashes words.</param>
/// <param name="Stage1">For task avss: the binary stage.</param>
/// <param name="Device">Where it is computed.</param>
internal sealed record StudyStart(
    string Folder, AblationSetting Shared, WeightFiles Weights, PromptTokenizer Tokenizer, string? Vocabulary, Stage1Model? Stage1, IDevice Device)
    : IDisposable
{
    /// <summary>What tells the first weights and the vocabulary from others, whatever their files are called.</summary>
    public string Identity =>
        string.Join(' ', [Weights.Description, .. Weights.Paths.Select(RankHashes.OfFile), Vocabulary is { } words ? RankHashes.OfFile(words) : "hashing"]);

    /// <summary>Refuses a folder that is neither a study's nor empty.</summary>
    /// <param name="known">Names that may be there.</param>
    /// <exception cref="InputException">There is something else.</exception>
    public void RequireOwnFolder(params ReadOnlySpan<string> known)
    {
        // Other programs have folders of the same name.
        string runs = Path.Combine(Folder, AblationRunner.TrainingsFolder);
        if (!Directory.Exists(runs) || !Directory.EnumerateFileSystemEntries(runs).All(AblationRunner.IsTraining))
            RunFolder.RequireEmpty(Folder, known);
    }

    /// <summary>Takes the folder; of several ranks the first one does.</summary>
    /// <exception cref="InputException">Another process works there.</exception>
    public RunFolder? Take(ICollective ranks) => ranks.Rank == 0 ? RunFolder.Take(Folder) : null;

    public void Dispose()
    {
        Stage1?.Dispose();
        Weights.Dispose();
    }
}
