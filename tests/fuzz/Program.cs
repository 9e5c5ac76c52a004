using System.Globalization;
using System.Text.RegularExpressions;
using SharpFuzz;
using SspNative.Fuzz;
using SspNative.Tests.Fuzzing;

// What tests/fuzz/run.sh runs. TARGET                                         under AFL++: reads inputs for as long as it is given any; an exception is a
// crash TARGET --inside SECONDS FOLDER TOKENS SEEDS…   fuzzes in this process TARGET FILE…                                   tells what comes of these inputs
FuzzTarget target = FuzzTargets.Find(args[0]);
switch (args[1..])
{
    case ["--inside", var seconds, var folder, var tokens, .. var seeds]:
        Regex? until = Environment.GetEnvironmentVariable("SSP_FUZZ_UNTIL") is { } pattern ? new Regex(pattern) : null;
        using (var fuzzer = new InsideFuzzer(target, folder))
            fuzzer.Run(TimeSpan.FromSeconds(int.Parse(seconds, CultureInfo.InvariantCulture)), until, seeds, TokenFile.Read(tokens));
        break;
    case { Length: > 0 } files:
        foreach (string file in files)
            Console.WriteLine($"{file}: {target.Judge(File.ReadAllBytes(file))?.Message ?? "read"}");
        break;
    default:
        Fuzzer.OutOfProcess.Run(stream =>
        {
            using var input = new MemoryStream();
            stream.CopyTo(input);
            target.Judge(input.ToArray());
        });
        break;
}
