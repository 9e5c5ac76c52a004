using System.CommandLine;
using SspNative.Engine;
using SspNative.Model.Data.AvsBench;
using SspNative.Model.Data.Synthetic;
using SspNative.Model.Training;
using SspNative.Model.Weights;

namespace SspNative.Cli.Options;

/// <summary>The options of <c>ssp train</c> that a run remembers, so that it goes on with what it was begun with.</summary>
internal sealed class TrainingInputOptions(DataOptions data, Stage1Option stage1, Option<string> vocab)
{
    /// <summary>What the command line gives, for a new run.</summary>
    /// <exception cref="InputException">There is no such subset, or both options of the binary stage's masks are given.</exception>
    public TrainingInputs Read(ParseResult parsed)
    {
        Stage1Option.RequireOne(parsed.GetValue(stage1.Model), parsed.GetValue(stage1.Masks));
        AvsBenchOptions.ParseSubset(parsed.GetRequiredValue(data.Subset));
        return new TrainingInputs(
            parsed.GetRequiredValue(data.Flow), parsed.GetRequiredValue(data.Subset), parsed.GetValue(data.PromptLevel),
            FullPath(parsed, stage1.Model), FullPath(parsed, stage1.Masks), FullPath(parsed, vocab), Absolute(parsed.GetValue(data.FlowWeights)),
            RankHashes.OfDataSet(parsed.GetRequiredValue(data.Root)));
    }

    /// <summary>What a run goes on with: what it was begun with, which the command line may repeat but not change.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="run">The run's folder.</param>
    /// <param name="begun">What it was begun with; null in a run that does not say, where the command line decides.</param>
    /// <exception cref="InputException">An option is given another value, or the clips are others.</exception>
    public TrainingInputs Resume(ParseResult parsed, string run, TrainingInputs? begun)
    {
        TrainingInputs given = Read(parsed);
        if (begun is null)
            return given;
        Require(data.Flow, begun.Flow, given.Flow);
        Require(data.Subset, begun.Subset, given.Subset);
        Require(data.PromptLevel, begun.PromptLevel, given.PromptLevel);
        Require(stage1.Model, begun.Stage1, given.Stage1);
        Require(stage1.Masks, begun.Stage1Masks, given.Stage1Masks);
        // The same words may lie elsewhere by now.
        bool isMoved = begun.VocabHash is { } words && File.Exists(given.Vocab) && RankHashes.OfFile(given.Vocab) == words;
        if (!isMoved)
            Require(vocab, begun.Vocab, given.Vocab);
        Require(data.FlowWeights, Absolute(begun.FlowWeights), given.FlowWeights);
        if (begun.DataSet is { } known && given.DataSet != known && Directory.Exists(parsed.GetRequiredValue(data.Root)))
            throw new InputException(
                $"{parsed.GetRequiredValue(data.Root)}: other clips than {run} was begun with, by the set's {SyntheticDataSet.CardFile}; give --data the same");
        if (!isMoved && begun.VocabHash is { } first && File.Exists(begun.Vocab) && RankHashes.OfFile(begun.Vocab) != first)
            throw new InputException($"{begun.Vocab}: another vocabulary than {run} was begun with; give that with --vocab");
        return isMoved ? begun with { Vocab = given.Vocab } : begun;

        void Require(Option<string> option, string? first, string? now)
        {
            if (parsed.GetResult(option) is { Implicit: false } && now != first)
                throw new InputException(
                    $"{run}: the run was begun with {(first is null ? $"no {option.Name}" : $"{option.Name} {first}")}, so it cannot go on with {now}");
        }
    }

    private static string? Absolute(string? weights) => weights is null ? null : WeightFiles.Absolute(weights);

    private static string? FullPath(ParseResult parsed, Option<string> option) =>
        parsed.GetValue(option) is { } path ? Path.GetFullPath(path) : null;
}
