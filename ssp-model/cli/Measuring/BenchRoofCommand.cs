using SspNative.Cli.Options;
using SspNative.Cli.Parsing;
using SspNative.Cli.Terminal;
using SspNative.Lab;
using SspNative.Lab.Benchmarking;

namespace SspNative.Cli.Measuring;

/// <summary><c>ssp bench roof</c>: what a device can do at best.</summary>
internal static class BenchRoofCommand
{
    public static Verb Create()
    {
        var verb = new Verb(
            "roof", "Measures what a device can do at best: multiply-adds, bandwidths, hand-off between threads.", "ssp bench roof --json",
            "ssp bench roof --device cuda", "ssp bench roof --device cuda --precision tf32")
        {
            BenchOptions.Device, BenchOptions.Precision, BenchOptions.Quick, BenchOptions.Json,
        };
        verb.SetAction(parsed =>
        {
            IRoof roof = DeviceOption.RoofOf(BenchOptions.OpenForProducts(parsed), parsed.GetValue(BenchOptions.Quick));
            TextWriter output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(BenchOptions.Json))
                output.WriteLine(LabJson.WriteBench(roof));
            else
                BenchTables.Write(Output.Lines(output), roof);
            return ExitCodes.Success;
        });
        return verb;
    }
}
