using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using SspNative.Cli.Options;
using SspNative.Cli.Parsing;
using SspNative.Cli.Terminal;
using SspNative.Lab;

namespace SspNative.Cli.Measuring;

/// <summary><c>ssp describe</c>: parameters, operations and memory of every part of the model.</summary>
internal static class DescribeCommand
{
    public static Command Create()
    {
        Option<string> config = ConfigOption.Create(), task = ConfigOption.CreateTask(), precision = DeviceOption.CreatePrecision();
        var json = new Option<bool>("--json") { Description = "Print one JSON document instead of a table." };
        var command = new Verb(
            "describe",
            "Counts the parameters, floating-point operations and memory of every part of the model.",
            "ssp describe",
            "ssp describe --precision bf16",
            "ssp describe --task avss --json",
            "ssp describe --ranks 4 --bandwidth 10 --latency 20 --clip 12.5")
        {
            config,
            task,
            precision,
            json,
        };
        var cluster = new ClusterOptions();
        cluster.AddTo(command);
        command.SetAction(parsed => cluster.IsGiven(parsed) ? cluster.Describe(parsed, config, task, precision, json) : Run(
            ModelSummary.Describe(
                ConfigOption.Read(parsed.GetRequiredValue(config), parsed.GetValue(task), parsed.InvocationConfiguration.Error),
                DeviceOption.PrecisionOf(parsed, precision)),
            parsed.GetValue(json),
            parsed.InvocationConfiguration.Output));
        return command;
    }

    private static int Run(IReadOnlyList<ModuleCost> parts, bool json, TextWriter output)
    {
        if (json)
        {
            output.WriteLine(LabJson.Write(parts));
            return ExitCodes.Success;
        }
        var table = new Table().Border(TableBorder.Rounded);
        table.AddColumn("Module");
        table.AddColumn("One run");
        foreach (string title in (string[])["Parameters", "Weights", "GFLOP", "Activations"])
            table.AddColumn(new TableColumn(title).RightAligned());
        foreach (ModuleCost part in parts)
            table.AddRow(
                Markup.Escape(part.Name), Markup.Escape(part.Per), Millions(part.Parameters), Megabytes(part.WeightBytes), Number(part.Flops / 1e9),
                Megabytes(part.ActivationBytes));
        table.AddEmptyRow();
        table.AddRow("All", "", Millions(parts.Sum(p => p.Parameters)), Megabytes(parts.Sum(p => p.WeightBytes)), "", "");
        Output.Lines(output).Write(table);
        output.WriteLine("A multiply-add counts as two operations. Activations are the most memory in use at once, weights left out.");
        return ExitCodes.Success;
    }

    private static string Millions(long count) => $"{Number(count / 1e6)} M";

    private static string Megabytes(long bytes) => $"{Number(bytes / 1048576.0)} MB";

    private static string Number(double value) => value.ToString(value < 10 ? "0.00" : "#,0.0", CultureInfo.InvariantCulture);
}
