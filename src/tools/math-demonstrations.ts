// Why: without a folder of prompts a model still needs to see how each operator is called.

export type MathToolName =
  | "add"
  | "subtract"
  | "multiply"
  | "divide"
  | "power"
  | "sqrt"
  | "log"
  | "ln"
  | "lcm"
  | "gcd"
  | "remainder"
  | "choose"
  | "permutate";

/** Per operator three worked examples for tool mode, parted by blank lines. */
export const mathDemonstrations: Readonly<Record<MathToolName, string>> = Object.freeze({
  add: `Q: Mia drove 148 km on Friday and 267 km on Saturday. How far did she drive on both days?
A: On both days together Mia drove 148+267=<add>(148, 267)=415 km.

Q: A notebook is $3.75 and a ruler is $1.49. What do they cost together?
A: Together they cost 3.75+1.49=<add>(3.75, 1.49)=$5.24.

Q: Three tanks hold 512, 348 and 96 litres. How much do they hold in all?
A: In all the tanks hold 512+348+96=<add>(512, 348, 96)=956 litres.`,
  subtract: `Q: A roll of wire was 850 metres long and 276 metres were used. How much wire is left?
A: The wire that is left is 850-276=<subtract>(850, 276)=574 metres.

Q: At noon it was 21.5 degrees and at midnight 8.9 degrees. By how much did the temperature fall?
A: The temperature fell by 21.5-8.9=<subtract>(21.5, 8.9)=12.6 degrees.

Q: Omar saved $1240 and spent $385 on a bicycle. How much does he still have?
A: Omar still has 1240-385=<subtract>(1240, 385)=$855.`,
  multiply: `Q: A theatre has 34 rows of 28 seats. How many seats are there?
A: The number of seats is 34*28=<multiply>(34, 28)=952.

Q: One litre of paint covers 9.5 square metres. How much do 14 litres cover?
A: 14 litres cover 14*9.5=<multiply>(14, 9.5)=133 square metres.

Q: A block is 12 cm long, 7 cm wide and 5 cm high. What is its volume?
A: The volume of the block is 12*7*5=<multiply>(12, 7, 5)=420 cubic centimetres.`,
  divide: `Q: 918 bricks are stacked in 27 equal piles. How many bricks are in each pile?
A: Each pile has 918/27=<divide>(918, 27)=34 bricks.

Q: A cyclist rides 76 km in 3.2 hours. What is the average speed?
A: The average speed is 76/3.2=<divide>(76, 3.2)=23.75 km per hour.

Q: Five friends share a bill of $183. How much does each pay?
A: Each friend pays 183/5=<divide>(183, 5)=$36.6.`,
  power: `Q: A sheet of paper is folded in half 9 times. How many layers does it have?
A: The number of layers is 2^9=<power>(2, 9)=512.

Q: The price of a stamp grows by 6% each year. By what factor has it grown after 12 years?
A: After 12 years the price has grown by a factor of 1.06^12=<power>(1.06, 12)=2.01.

Q: A lock has 4 wheels with 8 letters each. How many settings does the lock have?
A: The lock has 8^4=<power>(8, 4)=4096 settings.`,
  sqrt: `Q: A square field has an area of 5329 square metres. How long is one side?
A: One side of the field is <sqrt>(5329)=73 metres long.

Q: Which positive number gives 130 when it is multiplied by itself?
A: The positive number is <sqrt>(130)=11.4.

Q: The variance of the heights is 41.6. What is the standard deviation?
A: The standard deviation of the heights is <sqrt>(41.6)=6.45.`,
  log: `Q: To which power must 10 be raised to give 2500?
A: The exponent is log(2500)=<log>(2500)=3.4.

Q: What is the common logarithm of 86.3?
A: The common logarithm of 86.3 is log(86.3)=<log>(86.3)=1.94.

Q: How many times must 2 be multiplied by itself to give 4096?
A: The number of factors is the logarithm of 4096 to base 2, which is <log>(4096, 2)=12.`,
  ln: `Q: What is ln of 57?
A: The natural logarithm of 57 is ln(57)=<ln>(57)=4.04.

Q: A value grows like e^t. At which t has it grown to 325.8?
A: The value has grown to 325.8 at t=ln(325.8)=<ln>(325.8)=5.79.

Q: Find x if e^x = 1900.
A: x is ln(1900)=<ln>(1900)=7.55.`,
  lcm: `Q: One lamp blinks every 18 seconds, another every 30 seconds. They blink together now. After how many seconds do they next blink together?
A: They next blink together after <lcm>(18, 30)=90 seconds.

Q: What is the smallest number that both 84 and 126 divide?
A: The smallest number that both divide is <lcm>(84, 126)=252.

Q: Three buses leave the station every 12, 20 and 45 minutes. How often do all three leave at the same time?
A: All three leave at the same time every <lcm>(12, 20, 45)=180 minutes.`,
  gcd: `Q: Two ropes of 168 cm and 264 cm are cut into equal pieces without waste. How long can the pieces be at most?
A: The pieces can be at most <gcd>(168, 264)=24 cm long.

Q: Which is the largest number that divides both 945 and 735?
A: The largest number that divides both is <gcd>(945, 735)=105.

Q: A florist has 60 roses, 84 lilies and 96 tulips for equal bouquets. How many bouquets can there be at most?
A: There can be at most <gcd>(60, 84, 96)=12 bouquets.`,
  remainder: `Q: 1375 eggs are packed in boxes of 24. How many eggs are left over?
A: The number of eggs left over is <remainder>(1375, 24)=7.

Q: What is left when 8431 is divided by 57?
A: What is left is <remainder>(8431, 57)=52.

Q: A ribbon of 940 cm is cut into pieces of 65 cm. How much ribbon remains?
A: The ribbon that remains is <remainder>(940, 65)=30 cm long.`,
  choose: `Q: A team of 4 is drawn from 11 players. How many teams are possible?
A: The number of possible teams is <choose>(11, 4)=330.

Q: In how many ways can 3 of 20 books be taken on a trip?
A: There are <choose>(20, 3)=1140 ways to take 3 of the books.

Q: Nine people each shake hands once with each other. How many handshakes are there?
A: Each handshake is a choice of 2 of 9 people, so there are <choose>(9, 2)=36 handshakes.`,
  permutate: `Q: In how many orders can 3 of 10 runners win gold, silver and bronze?
A: The medals can be won in <permutate>(10, 3)=720 orders.

Q: How many ways are there to hang 4 of 7 pictures in a row?
A: There are <permutate>(7, 4)=840 ways to hang the pictures.

Q: A club of 16 members elects a chair and a treasurer. How many outcomes can the election have?
A: The election can have <permutate>(16, 2)=240 outcomes.`,
});
