using Spectre.Console;
using SspNative.Engine.Diagnostics;

namespace SspNative.Cli;

/// <summary>A bar for every stage of long work, on terminals only.</summary>
internal static class Progress
{
    /// <summary>Runs work that reports its stages.</summary>
    public static T Show<T>(TextWriter writer, Func<StageProgress, T> work)
    {
        var output = new AnsiConsoleOutput(writer);
        if (!output.IsTerminal)
            return work((_, _, _) => { });
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = output });
        return console.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn(), new RemainingTimeColumn())
            .Start(context =>
            {
                var tasks = new Dictionary<string, ProgressTask>();
                return work((stage, done, total) =>
                {
                    if (!tasks.TryGetValue(stage, out ProgressTask? task))
                        tasks.Add(stage, task = context.AddTask(stage, maxValue: Math.Max(1, total)));
                    task.Value = total == 0 ? 1 : done;
                });
            });
    }
}
