using System.CommandLine;
using System.Diagnostics;
using SspNative.Cli.Terminal;
using SspNative.Cli.Training;
using SspNative.Engine;
using SspNative.Engine.Distributed;
using SspNative.Lab.Ablation;

namespace SspNative.Cli.Evaluating;

/// <summary>Runs the trainings of a study; of several ranks, each has its share.</summary>
internal static class AblationTrainings
{
    /// <param name="open">The trainings that are not done, the same at all ranks.</param>
    /// <param name="folder">Of the study.</param>
    /// <param name="ranks">The ranks.</param>
    /// <param name="parsed">The command line: where it is told of each training, and how it is stopped.</param>
    /// <exception cref="InputException">Clips of one of them cannot be used.</exception>
    /// <exception cref="InvalidDataException">The first weights lack parameters that one of them does not train.</exception>
    /// <exception cref="InterruptedException">It was stopped.</exception>
    public static void Run(AblationTraining[] open, string folder, ICollective ranks, ParseResult parsed)
    {
        // Before the first is trained, which may take hours.
        foreach (AblationTraining training in open.DistinctBy(t => t.Name))
            training.Check();
        // All have counted before one changes what there is to count.
        ranks.Barrier();
        if (ranks.Any(!Train(open, ranks, parsed.InvocationConfiguration.Error, parsed.Stop())))
            throw new InterruptedException($"{folder}: stopped after a step; the same command goes on from there");
    }

    // False where it was stopped.
    private static bool Train(AblationTraining[] open, ICollective ranks, TextWriter log, CancellationToken stop)
    {
        var clock = Stopwatch.StartNew();
        for (int i = ranks.Rank; i < open.Length; i += ranks.Count)
        {
            string left = i < ranks.Count
                ? ""
                : $", {Output.Hours(clock.Elapsed / (i / ranks.Count) * ((open.Length - i + ranks.Count - 1) / ranks.Count))} left";
            log.WriteLine($"training {i + 1} of {open.Length}: {open[i].Name}, seed {open[i].Seed}{left}");
            using var progress = new TrainingProgress(log);
            if (open[i].Run(progress, stop) is null)
                return false;
        }
        return true;
    }
}
