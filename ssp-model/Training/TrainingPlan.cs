using SspNative.Engine.Storage;
using SspNative.Model.Config;
using SspNative.Model.Files;

namespace SspNative.Model.Training;

/// <summary>What a run reads its clips and prompts with; files and folders by their full paths.</summary>
/// <param name="Flow">Which flow its clips have.</param>
/// <param name="Subset">Which part of the data set.</param>
/// <param name="PromptLevel">Quality level of the prompts; null for the data set's own.</param>
/// <param name="Stage1">Model of the binary stage, if any.</param>
/// <param name="Stage1Masks">Masks of the binary stage, if any.</param>
/// <param name="Vocab">Vocabulary; null where words are hashed.</param>
/// <param name="FlowWeights">Weights of the flow network, as they are named on the command line; null where flow needs none.</param>
/// <param name="DataSet"><see cref="RankHashes.OfDataSet"/> of its clips; null where they do not tell how they were made.</param>
/// <param name="VocabHash"><see cref="RankHashes.OfFile"/> of the vocabulary; null where there is none.</param>
public sealed record TrainingInputs(
    string Flow, string Subset, string? PromptLevel, string? Stage1, string? Stage1Masks, string? Vocab, string? FlowWeights = null,
    string? DataSet = null, string? VocabHash = null);

/// <summary>What a run was begun with, besides its data: <c>run.json</c> in its folder, so that it can go on from any moment.</summary>
/// <param name="Config">Sizes of the model.</param>
/// <param name="Phases">The phases of its recipe.</param>
/// <param name="Weights">Its first weights, as they are named on the command line.</param>
/// <param name="Inputs">What else decides what it reads; null in runs that were begun before this was stored.</param>
public sealed record TrainingPlan(
    SspConfig Config, IReadOnlyList<TrainingPhase> Phases, IReadOnlyList<string> Weights, TrainingInputs? Inputs = null) : IValidated
{
    private const string FileName = "run.json";

    /// <summary>Deletes what a process that was killed while it began a run left in the folder.</summary>
    public static void DeleteAbandoned(string run) => AtomicFile.DeleteAbandoned(Path.Combine(run, FileName));

    /// <summary>Whether a run was begun in a folder.</summary>
    public static bool IsIn(string run) => File.Exists(Path.Combine(run, FileName));

    /// <exception cref="InputException">There is no run, or its file is damaged.</exception>
    public static TrainingPlan Read(string run)
    {
        string path = Path.Combine(run, FileName);
        if (!File.Exists(path))
            throw new InputException($"{run}: no run was begun there: name another folder, or begin one");
        try
        {
            return ConfigJson.Parse<TrainingPlan>(InputFile.ReadText(path, InputFile.SmallTextLimit), $"member of {FileName}");
        }
        catch (InvalidDataException e)
        {
            throw new InputException($"{path}: not the file of a run: {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    public void Validate(string path = "")
    {
        Config.Validate($"{path}config.");
        new TrainingRecipe(Phases).Validate(path);
        if (Weights.Count == 0)
            throw new InvalidDataException($"{path}weights is empty; a run begins with weights");
    }

    /// <summary>Writes the file, whole or not at all.</summary>
    public void Write(string run)
    {
        Directory.CreateDirectory(run);
        AtomicFile.WriteText(Path.Combine(run, FileName), ConfigJson.Write(this) + "\n");
    }
}
