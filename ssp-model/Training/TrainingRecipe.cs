using System.Text.Json;
using SspNative.Engine.Storage;
using SspNative.Model.Config;
using SspNative.Model.Media;

namespace SspNative.Model.Training;

/// <summary>One phase of a training.</summary>
/// <param name="Name">Names its folder and its lines in reports.</param>
/// <param name="Options">How it trains.</param>
public sealed record TrainingPhase(string Name, TrainingOptions Options);

/// <summary>The phases of a stage, each of which begins with the best weights of the one before.</summary>
public sealed record TrainingRecipe(IReadOnlyList<TrainingPhase> Phases) : IValidated
{
    /// <summary>The folder in a run's that is the cache's, so that no phase can have it.</summary>
    public const string CacheFolder = "cache";

    private const string OptionNoun = "training option";

    /// <summary>The paper's two phases of a stage: its heads, then also the adapters of the backbone.</summary>
    public static TrainingRecipe Published(SegmentationTask task) => new(
    [
        new TrainingPhase("heads", TrainingOptions.Published(task, TrainableSet.Heads)),
        new TrainingPhase("adapters", TrainingOptions.Published(task, TrainableSet.HeadsAndBackboneAdapters)),
    ]);

    /// <summary>Reads a recipe, or the options of a single phase.</summary>
    /// <exception cref="InputException">It cannot be read, or is neither.</exception>
    public static TrainingRecipe Read(string path)
    {
        if (!File.Exists(path))
            throw new InputException($"{path}: there is no such file of training options");
        try
        {
            using JsonDocument json = ConfigJson.ParseDocument(InputFile.ReadText(path, InputFile.SmallTextLimit));
            return json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("phases", out _)
                ? ConfigJson.Read<TrainingRecipe>(json.RootElement, OptionNoun)
                : Single(ConfigJson.Read<TrainingOptions>(json.RootElement, OptionNoun));
        }
        catch (InvalidDataException e)
        {
            throw new InputException($"{path}: {e.Message}", e);
        }
    }

    /// <summary>Where a phase's checkpoints lie: the last phase's in the run's folder, the others' in folders of their names in it.</summary>
    public string Folder(string run, int phase) => phase == Phases.Count - 1 ? run : Path.Combine(run, Phases[phase].Name);

    /// <inheritdoc/>
    public void Validate(string path = "")
    {
        if (Phases.Count == 0)
            throw new InvalidDataException($"{path}phases is empty; a training has at least one");
        for (int i = 0; i < Phases.Count; i++)
        {
            TrainingPhase phase = Phases[i];
            string at = $"{path}phases[{i}].";
            if (!IsFolderName(phase.Name))
                throw new InvalidDataException(
                    $"{at}name is \"{ShownJson.Shown(phase.Name)}\"; it must be of letters, digits, - and _, not \"{CacheFolder}\": a folder is named so");
            if (Phases.Take(i).Any(p => p.Name.Equals(phase.Name, StringComparison.OrdinalIgnoreCase)))
                throw new InvalidDataException($"{at}name is \"{phase.Name}\"; another phase has it too");
            phase.Options.Validate($"{at}options.");
        }
        if (Phases[^1].Options.Objective != TrainingObjective.Sounding)
            throw new InvalidDataException(
                $"{path}phases[{Phases.Count - 1}].options.objective is {Phases[^1].Options.Objective}; in the last phase it must be Sounding, the task");
    }

    private static TrainingRecipe Single(TrainingOptions options)
    {
        var recipe = new TrainingRecipe([new TrainingPhase("training", options)]);
        if (options.Objective != TrainingObjective.Sounding)
            throw new InvalidDataException($"objective is {options.Objective}; without phases it must be Sounding, the task");
        return recipe;
    }

    private static bool IsFolderName(string name) =>
        name.Length is > 0 and <= 100
        && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')
        && !name.Equals(CacheFolder, StringComparison.OrdinalIgnoreCase);
}

/// <summary>What a run reads its clips and prompts with; files and folders by their full paths.</summary>
/// <param name="Flow">Which flow its clips have.</param>
/// <param name="Subset">Which part of the data set.</param>
/// <param name="PromptLevel">Quality level of the prompts; null for the data set's own.</param>
/// <param name="Stage1">Model of the binary stage, if any.</param>
/// <param name="Stage1Masks">Masks of the binary stage, if any.</param>
/// <param name="Vocab">Vocabulary; null where words are hashed.</param>
/// <param name="FlowWeights">Weights of the flow network, as they are named on the command line; null where flow needs none.</param>
public sealed record TrainingInputs(string Flow, string Subset, string? PromptLevel, string? Stage1, string? Stage1Masks, string? Vocab, string? FlowWeights = null);

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
            throw new InputException($"{run}: no run was begun there");
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
