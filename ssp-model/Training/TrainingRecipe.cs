using System.Text.Json;
using SspNative.Engine.Storage;
using SspNative.Model.Config;

namespace SspNative.Model.Training;

/// <summary>One phase of a training.</summary>
/// <param name="Name">Names its folder and its lines in reports.</param>
/// <param name="Options">How it trains.</param>
public sealed record TrainingPhase(string Name, TrainingOptions Options);

/// <summary>The phases of a stage, each of which begins with the best weights of the one before.</summary>
public sealed record TrainingRecipe(IReadOnlyList<TrainingPhase> Phases)
{
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
            using JsonDocument json = JsonDocument.Parse(File.ReadAllText(path));
            TrainingRecipe recipe = json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("phases", out _)
                ? ConfigJson.Read<TrainingRecipe>(json.RootElement)
                : new TrainingRecipe([new TrainingPhase("training", ConfigJson.Read<TrainingOptions>(json.RootElement))]);
            recipe.Validate(path);
            return recipe;
        }
        catch (Exception e) when (e is JsonException or InvalidDataException)
        {
            throw new InputException($"{path}: not training options: {e.Message}", e);
        }
    }

    /// <summary>Where a phase's checkpoints lie: the last phase's in the run's folder, the others' in folders of their names in it.</summary>
    public string Folder(string run, int phase) => phase == Phases.Count - 1 ? run : Path.Combine(run, Phases[phase].Name);

    private void Validate(string path)
    {
        if (Phases is not { Count: > 0 })
            throw new InputException($"{path}: there is no phase");
        foreach (TrainingPhase phase in Phases)
            if (phase.Options is null || string.IsNullOrEmpty(phase.Name) || phase.Name.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_')))
                throw new InputException($"{path}: a phase needs options and a name of letters, digits, - and _, not \"{phase.Name}\"");
        if (Phases.Select(p => p.Name).Distinct().Count() < Phases.Count)
            throw new InputException($"{path}: two phases have one name");
        if (Phases[^1].Options.Objective != TrainingObjective.Sounding)
            throw new InputException($"{path}: the last phase must have the objective Sounding, which is the task");
    }
}

/// <summary>What a run reads its clips and prompts with; files and folders by their full paths.</summary>
/// <param name="Flow">Which flow its clips have.</param>
/// <param name="Subset">Which part of the data set.</param>
/// <param name="PromptLevel">Quality level of the prompts; null for the data set's own.</param>
/// <param name="Stage1">Model of the binary stage, if any.</param>
/// <param name="Stage1Masks">Masks of the binary stage, if any.</param>
/// <param name="Vocab">Vocabulary; null where words are hashed.</param>
public sealed record TrainingInputs(string Flow, string Subset, string? PromptLevel, string? Stage1, string? Stage1Masks, string? Vocab);

/// <summary>What a run was begun with, besides its data: <c>run.json</c> in its folder, so that it can go on from any moment.</summary>
/// <param name="Config">Sizes of the model.</param>
/// <param name="Phases">The phases of its recipe.</param>
/// <param name="Weights">Its first weights, as they are named on the command line.</param>
/// <param name="Inputs">What else decides what it reads; null in runs that were begun before this was stored.</param>
public sealed record TrainingPlan(
    SspConfig Config, IReadOnlyList<TrainingPhase> Phases, IReadOnlyList<string> Weights, TrainingInputs? Inputs = null)
{
    private const string FileName = "run.json";

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
            using JsonDocument json = JsonDocument.Parse(File.ReadAllText(path));
            return ConfigJson.Read<TrainingPlan>(json.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidDataException)
        {
            throw new InputException($"{path}: not the file of a run: {e.Message}", e);
        }
    }

    /// <summary>Writes the file, whole or not at all.</summary>
    public void Write(string run)
    {
        Directory.CreateDirectory(run);
        AtomicFile.WriteText(Path.Combine(run, FileName), JsonSerializer.Serialize(this, ConfigJson.Options) + "\n");
    }
}
