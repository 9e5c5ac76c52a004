using SharpFuzz;
using SspNative.Tests.Fuzzing;

// What AFL++ runs: reads inputs of one target for as long as it is given any. A finding is an exception, which ends the run as a crash.
FuzzTarget target = FuzzTargets.Find(args[0]);
if (args.Length > 1)
{
    foreach (string file in args[1..])
        Console.WriteLine($"{file}: {target.Judge(File.ReadAllBytes(file))?.Message ?? "read"}");
    return;
}
Fuzzer.OutOfProcess.Run(stream =>
{
    using var input = new MemoryStream();
    stream.CopyTo(input);
    target.Judge(input.ToArray());
});
