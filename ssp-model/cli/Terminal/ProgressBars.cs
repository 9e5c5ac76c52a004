using System.CommandLine;
using Spectre.Console;
using Spectre.Console.Rendering;
using SspNative.Engine;

namespace SspNative.Cli.Terminal;

/// <summary>A row for every stage of long work, on terminals only; and where such work hears that it is to stop.</summary>
internal static class ProgressBars
{
    /// <summary>Runs work that reports its stages, which is also when it learns that it is to stop.</summary>
    /// <exception cref="OperationCanceledException">The user asked for the end.</exception>
    public static T Show<T>(ParseResult parsed, Func<StageProgress, T> work) =>
        Show(Output.Screen(parsed.InvocationConfiguration.Error), parsed.Stop(), work);

    /// <param name="screen">Where rows are drawn; null draws none.</param>
    /// <param name="stop">Whether to stop.</param>
    /// <param name="work">The work.</param>
    internal static T Show<T>(IAnsiConsole? screen, CancellationToken stop, Func<StageProgress, T> work)
    {
        if (screen is null)
            return work((_, _, _) => stop.ThrowIfCancellationRequested());
        return screen.Progress()
            .Columns(
                new SpinnerColumn(), new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn(),
                new TimeLeftColumn())
            .Start(context =>
            {
                var rows = new Dictionary<string, ProgressTask>();
                return work((stage, done, total) =>
                {
                    // A stage that begins again, as for another data set, has a row of its own.
                    if (!rows.TryGetValue(stage, out ProgressTask? row) || (row.StopTime is not null && done == 0))
                        rows[stage] = row = context.AddTask(stage, maxValue: Math.Max(1, total));
                    Report(row, done, total);
                    stop.ThrowIfCancellationRequested();
                });
            });
    }

    private static void Report(ProgressTask row, int done, int total)
    {
        if (row.StopTime is not null)
            return;
        // Until the first step is done nobody knows how far it is.
        row.IsIndeterminate = done == 0 && total > 0;
        row.Value = total == 0 ? row.MaxValue : done;
        TimeLeftColumn.Step(row);
        if (done >= total)
            row.StopTask();
    }

    /// <summary>The time that the steps left will take if they take as long as those done; between two steps it counts down.</summary>
    private sealed class TimeLeftColumn : ProgressColumn
    {
        private const string LastStep = "last step";

        public static void Step(ProgressTask row) => row.State.Update<TimeSpan>(LastStep, _ => row.ElapsedTime ?? TimeSpan.Zero);

        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime)
        {
            double share = task.Value / task.MaxValue;
            if (task.IsFinished || share <= 0 || task.ElapsedTime is not { } elapsed)
                return Text.Empty;
            TimeSpan until = task.State.Get<TimeSpan>(LastStep), left = (until * ((1 - share) / share)) - (elapsed - until);
            return new Text($"{Output.Hours(left > TimeSpan.Zero ? left : TimeSpan.Zero).PadLeft(8, '0')} left", new Style(Color.Blue));
        }
    }
}
